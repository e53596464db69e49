// Every IO step of a session fails once: the session must end with on_closed exactly once, its
// streams must hear an error or have ended before, and nothing may be left behind (preset asan).
#include "driver.h"

namespace anytls::session {
namespace {

using protocol::command;
using test::close_counter;
using test::fake_endpoint;
using test::frame;
using test::join;
using test::pattern;

struct fault {
  std::size_t step;
  error_code error;
  bool write_alone;
};

// A conversation that touches everything: two streams, data both ways, a full kernel, answers, FIN.
// Returns whether the fault was met.
bool client_conversation(const fault& f) {
  client_rig rig;
  rig.wire->fail_at = rig.wire->step + f.step;
  rig.wire->fail_with = f.error;
  rig.wire->write_alone = f.write_alone;
  rig.s().authenticate(as_bytes("preamble"), false);

  auto one = rig.open();
  auto two = rig.open();
  fake_endpoint a(rig.io.get_executor()), b(rig.io.get_executor());
  close_counter w1, w2;
  if (one) one->attach(a, w1);
  if (two) two->attach(b, w2);
  const auto step = [&](bytes in) {
    rig.wire->feed(in, 11);
    rig.settle();
  };
  step(join({frame(command::server_settings, 0, "v=2"), frame(command::synack, 1),
             frame(command::heart_request, 3)}));
  if (one) one->write(as_bytes(pattern(40000)));
  rig.settle();
  rig.wire->take(100);  // the kernel is full from here
  if (one) one->write(as_bytes(pattern(40000)));
  step(join({frame(command::psh, 1, "down"), frame(command::psh, 2, "stairs")}));
  rig.wire->take(20000);
  rig.settle();
  rig.wire->take(test::fake_wire::unlimited);
  rig.settle();
  if (two) two->reset(asio::error::connection_reset);
  step(join(
      {frame(command::heart_response, 2), frame(command::psh, 1, "end"), frame(command::fin, 1)}));

  if (rig.wire->failed) {
    EXPECT_EQ(rig.events.closed, 1) << "step " << f.step;
    EXPECT_TRUE(rig.wire->destroyed);
    EXPECT_EQ(w1.count + (one ? 0 : 1), 1);
    EXPECT_EQ(w2.count + (two ? 0 : 1), 1);
    // The first stream's end can only be clean if its FIN was read.
    EXPECT_TRUE(!one || w1.last || a.received == "downend") << "step " << f.step;
  } else {
    EXPECT_EQ(rig.events.closed, 0);
    EXPECT_EQ(a.received, "downend");
    EXPECT_EQ(b.received, "stairs");
    EXPECT_FALSE(w1.last);
    EXPECT_TRUE(rig.s().idle());
  }
  return rig.wire->failed;
}

bool server_conversation(const fault& f) {
  server_rig rig;
  rig.wire->fail_at = rig.wire->step + f.step;
  rig.wire->fail_with = f.error;
  rig.wire->write_alone = f.write_alone;
  rig.feed({frame(command::syn, 1), frame(command::psh, 1, "up"), frame(command::syn, 2),
            frame(command::heart_request, 5)});
  fake_endpoint a(rig.io.get_executor());
  close_counter w1;
  auto& opened = rig.events.opened;
  if (!opened.empty()) {
    opened[0]->attach(a, w1);
    opened[0]->accept();
    opened[0]->write(as_bytes(pattern(40000)));
  }
  rig.settle();
  rig.wire->take(10);
  if (opened.size() > 1) opened[1]->refuse("no");
  rig.settle();
  rig.wire->take(test::fake_wire::unlimited);
  rig.feed({frame(command::psh, 1, "wards"), frame(command::fin, 1)});
  if (rig.wire->failed) {
    EXPECT_EQ(rig.events.closed, 1) << "step " << f.step;
    EXPECT_TRUE(rig.wire->destroyed);
    if (!opened.empty()) {
      EXPECT_EQ(w1.count, 1);
      EXPECT_TRUE(w1.last || a.received == "upwards") << "step " << f.step;
    }
  } else {
    EXPECT_EQ(a.received, "upwards");
    EXPECT_FALSE(w1.last);
  }
  return rig.wire->failed;
}

template <typename Conversation>
void fail_each_step(Conversation conversation) {
  for (const bool write_alone : {false, true})
    for (const error_code why :
         {error_code(asio::error::connection_reset), error_code(asio::error::eof),
          error_code(asio::error::broken_pipe)}) {
      std::size_t steps = 0;
      while (conversation(fault{steps, why, write_alone})) {
        ASSERT_LT(++steps, 10000u);
        if (testing::Test::HasFailure()) return;
      }
      EXPECT_GT(steps, 3u);
    }
}

TEST(SessionFault, EveryStepOfAClient) { fail_each_step(client_conversation); }
TEST(SessionFault, EveryStepOfAServer) { fail_each_step(server_conversation); }

TEST(SessionFault, ClosedByItsOwnerAtEveryPoint) {
  const auto script =
      join({frame(command::server_settings, 0, "v=2"), frame(command::psh, 1, "abc"),
            frame(command::heart_request, 1), frame(command::fin, 1)});
  for (std::size_t cut = 0; cut <= script.size(); ++cut) {
    client_rig rig;
    auto one = rig.open();
    fake_endpoint app(rig.io.get_executor());
    close_counter watcher;
    one->attach(app, watcher);
    rig.wire->feed(bytes_view(script).first(cut));
    rig.settle();
    rig.s().close(close_reason::shutdown, errc::shutting_down);
    rig.settle();
    EXPECT_EQ(rig.events.closed, 1);
    EXPECT_EQ(watcher.count, 1);
    EXPECT_EQ(watcher.last, cut == script.size() ? error_code{} : error_code(errc::shutting_down));
  }
}

}  // namespace
}  // namespace anytls::session
