#include "server/server.h"

#include "base/limits.h"
#include "net/tcp_endpoint.h"
#include "protocol/auth.h"
#include "support/frames.h"
#include "support/sockets.h"

#include <list>
#include <set>
#include <thread>

namespace anytls::server {
namespace {

using protocol::command;
using test::frame;
using test::join;
using test::run_until_quiet;
using test::run_until_ready;
using test::started;
using lines = std::vector<std::string>;

const bytes settings =
    frame(command::settings, 0,
          "v=2\nclient=t/1\npadding-md5=" + protocol::padding_scheme::default_scheme().md5());
const std::string address = std::string(
    "\x03\x06"
    "a.test"
    "\x00\x50",
    10);

bytes preamble(std::string_view password, std::size_t padding = 30) {
  return protocol::make_preamble(sha256(as_bytes(password)), padding);
}

// A server whose targets are sockets of the test, and a TLS client that sends what it likes.
struct harness {
  explicit harness(const std::function<void(server_options&)>& change = {}) {
    server_options options;
    options.preamble_deadline = 60s;
    options.tag = "in";
    options.users = {{"alice", "secret"}, {"bob", "other"}};
    if (change) change(options);
    server_.emplace(std::move(options),
                    tls::live_server_context::make("server", test::server_defaults()).value(),
                    [this](const target_request& r, asio::io_context&) { return reach(r); });
    client = connect();
  }
  ~harness() {
    client.reset();
    if (!server_) return;  // its sessions are gone: the context may not run again
    run_until_quiet(io);
    server_->shut_down();
    run_until_quiet(io);
  }

  std::unique_ptr<tls::stream> connect() {
    std::unique_ptr<tls::stream> made;
    test::run(io, [&]() -> task<> {
      auto sockets = co_await test::connected_sockets();
      server_->accept(io, std::move(sockets.server));
      auto context = tls::client_context::make(test::client_defaults()).value();
      made =
          std::move(co_await tls::stream::connect(std::move(sockets.client), context, 60s)).value();
    });
    return made;
  }

  task<result<std::unique_ptr<endpoint>>> reach(const target_request& r) {
    requests.push_back(r);
    if (hang) {
      const dial counted(*this);
      timer never(io, time_point::max());
      co_await never.async_wait(use_result);
      co_return error_code(asio::error::timed_out);
    }
    if (refuse_with) co_return refuse_with;
    auto sockets = co_await test::connected_sockets();
    target = std::make_unique<tcp_socket>(std::move(sockets.client));
    co_return std::make_unique<net::tcp_endpoint>(std::move(sockets.server));
  }

  void send(bytes_view record) {
    client->write_record(record);
    client->flush();
  }

  /// Reads until `ready` finds what it wants in the frames so far, or the connection ends.
  template <typename Ready>
  lines read_until(Ready ready) {
    test::run(io, [&]() -> task<> {
      bytes room(64 * 1024);
      while (!ready(test::frames_of(got))) {
        const auto more = client->read_some(room);
        append(got, bytes_view(room).first(more.size));
        ended = more.error;
        if (ended) co_return;
        if (more.size == 0 && co_await client->wait_readable()) co_return;
      }
    });
    return test::frames_of(got);
  }
  lines read_frames(std::size_t count) {
    return read_until([&](const lines& l) { return l.size() >= count; });
  }
  lines read_to_end() {
    return read_until([](const lines&) { return false; });
  }

  /// A dial that hangs; it has ended where this is destroyed.
  struct dial {
    explicit dial(harness& h) : h_(h) { ++h_.dialling; }
    ~dial() { --h_.dialling; }
    harness& h_;
  };

  asio::io_context io;
  bool hang = false;
  int dialling = 0;
  std::optional<server> server_;
  std::unique_ptr<tls::stream> client;
  std::unique_ptr<tcp_socket> target;
  std::vector<target_request> requests;
  error_code refuse_with;
  bytes got;
  error_code ended;
};

struct open_harness : harness {
  explicit open_harness(const std::function<void(server_options&)>& change = {}) : harness(change) {
    send(preamble("secret"));
    send(settings);
    read_frames(1);
    got.clear();
  }
};

// ---------------------------------------------------------------- a web server behind it

// Takes connections, or none where `deaf`: a port whose queue is full drops what says SYN.
struct web_server {
  explicit web_server(asio::io_context& io, bool deaf = false)
      : acceptor(io, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)) {
    if (!deaf) return;
    acceptor.listen(0);
    for (int i = 0; i < 3; ++i) {
      waiting.emplace_back(io).open(tcp::v4());
      waiting.back().native_non_blocking(true);
      const auto here = acceptor.local_endpoint();
      ::connect(waiting.back().native_handle(), here.data(), static_cast<socklen_t>(here.size()));
    }
  }
  protocol::address address() const {
    return protocol::address::from_host("127.0.0.1", acceptor.local_endpoint().port());
  }
  tcp_acceptor acceptor;
  std::list<tcp_socket> waiting;
};

struct with_web_server {
  explicit with_web_server(bool deaf = false, std::uint32_t per_source = 0) : web(io, deaf) {
    made.emplace([this, per_source](server_options& o) {
      o.fallback.server = web.address();
      o.limit_private_sources = true;
      o.admission.pending_per_source = per_source;
    });
  }
  asio::io_context io;
  web_server web;
  std::optional<harness> made;
};

TEST(ServerFallback, ALatePreambleIsAnsweredWhileTheWebServerIsDialled) {
  with_web_server w(true);
  auto& h = *w.made;
  run_until_quiet(h.io);
  std::this_thread::sleep_for(50ms);  // longer than it waits before it dials
  run_until_quiet(h.io);
  const auto began = clock::now();
  h.send(join({preamble("secret"), settings}));
  EXPECT_EQ(h.read_frames(1), (lines{"ServerSettings 0 v=2"}));
  EXPECT_LT(clock::now() - began, 3s);
  EXPECT_EQ(h.server_->count().fallbacks_missed.value(), 0u);
}

TEST(ServerFallback, ShuttingDownDuringTheDialBlamesNobody) {
  with_web_server w(true);
  auto& h = *w.made;
  std::this_thread::sleep_for(50ms);
  run_until_quiet(h.io);
  h.server_->shut_down();
  h.read_to_end();
  EXPECT_TRUE(h.ended);
  EXPECT_EQ(h.server_->count().fallbacks_missed.value(), 0u);
}

TEST(ServerFallback, AVisitorThatOutlivesTheServerLeavesNothingBehind) {
  with_web_server w;
  auto& h = *w.made;
  h.send(as_bytes("GET"));
  EXPECT_TRUE(run_until_ready(h.io, [&] { return h.server_->count().fallbacks.value() == 1; }));
  h.server_.reset();
  w.made.reset();
}

TEST(ServerFallback, WhoComesWhereItsPlacesAreTakenIsClosed) {
  with_web_server w(false, 1);
  auto& h = *w.made;
  h.send(as_bytes("GET"));
  EXPECT_TRUE(run_until_ready(h.io, [&] { return h.server_->count().fallbacks.value() == 1; }));
  const auto first = std::exchange(h.client, h.connect());
  h.send(as_bytes("GET"));
  h.read_to_end();
  EXPECT_EQ(h.ended, asio::error::eof);
  EXPECT_EQ(h.server_->count().fallbacks_missed.value(), 1u);
}

// ---------------------------------------------------------------- who is a client

TEST(Server, TheRightPasswordGetsAnAnswer) {
  harness h;
  h.send(preamble("secret"));
  h.send(settings);
  EXPECT_EQ(h.read_frames(1), (lines{"ServerSettings 0 v=2"}));
}

TEST(Server, PreambleAndFramesMayShareARecord) {
  harness h;
  h.send(join({preamble("other", 5), settings}));
  EXPECT_EQ(h.read_frames(1), (lines{"ServerSettings 0 v=2"}));
}

TEST(Server, WhoIsNotAClientIsClosedWithoutAByte) {
  const auto right = preamble("secret");
  const std::pair<const char*, std::vector<bytes>> intruders[] = {
      {"wrong password", {preamble("wrong"), settings}},
      {"wrong in its last byte", {[&] {
         auto p = right;
         p[31] ^= 1;
         return p;
       }()}},
      {"garbage", {bytes(500, 0xaa)}},
      {"a web client",
       {bytes(as_bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n").begin(),
              as_bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n").end())}},
      {"one byte", {bytes(1, right[0])}},
      {"half a preamble", {bytes(right.begin(), right.begin() + 17)}},
      {"all but the length", {bytes(right.begin(), right.begin() + 33)}},
      {"hash and length in two records",
       {bytes(right.begin(), right.begin() + 32), bytes(right.begin() + 32, right.end())}},
  };
  for (const auto& [name, records] : intruders) {
    harness h;
    for (const auto& r : records) h.send(r);
    h.read_to_end();
    EXPECT_TRUE(h.got.empty()) << name;
    EXPECT_TRUE(h.ended) << name;
    EXPECT_TRUE(h.requests.empty()) << name;
  }
}

TEST(Server, APreambleInOneByteRecordsIsClosedLikeGarbage) {
  harness h;
  for (const auto b : preamble("secret")) h.send({&b, 1});
  h.read_to_end();
  EXPECT_TRUE(h.got.empty());
  EXPECT_TRUE(h.ended);
}

TEST(Server, PaddingMayBeSplitAndLong) {
  // By hand: make_preamble cuts what would not fit one record.
  bytes longest(34 + 65535);
  const auto hash = sha256(as_bytes("secret"));
  std::copy(hash.begin(), hash.end(), longest.begin());
  put_u16(longest.data() + 32, 65535);
  for (const std::size_t first : {34u, 35u, 16384u}) {
    harness h;
    bytes_view rest(longest);
    h.send(rest.first(first));
    for (rest = rest.subspan(first); !rest.empty();) {
      const auto n = std::min<std::size_t>(rest.size(), 9973);
      h.send(rest.first(n));
      rest = rest.subspan(n);
      run_until_quiet(h.io);
    }
    h.send(settings);
    EXPECT_EQ(h.read_frames(1), (lines{"ServerSettings 0 v=2"}));
  }
}

TEST(Server, FramesBehindASplitPaddingAreNotLost) {
  harness h;
  const auto whole = join(
      {preamble("secret", 500), settings, frame(command::syn, 1), frame(command::psh, 1, address)});
  h.send(bytes_view(whole).first(100));
  run_until_quiet(h.io);
  h.send(bytes_view(whole).subspan(100));
  EXPECT_EQ(h.read_frames(2), (lines{"ServerSettings 0 v=2", "SYNACK 1"}));
  ASSERT_EQ(h.requests.size(), 1u);
  EXPECT_EQ(h.requests[0].target.to_string(), "a.test:80");
  EXPECT_EQ(h.requests[0].user, "alice");
  EXPECT_EQ(h.requests[0].inbound_tag, "in");
}

TEST(Server, PaddingThatNeverComesMeetsTheDeadline) {
  harness h([](server_options& o) { o.preamble_deadline = 30ms; });
  h.send(bytes_view(preamble("secret", 100)).first(40));
  h.read_to_end();
  EXPECT_TRUE(h.got.empty());
  EXPECT_TRUE(h.ended);
}

TEST(Server, ASilentClientMeetsTheDeadline) {
  harness h([](server_options& o) { o.preamble_deadline = 30ms; });
  h.read_to_end();
  EXPECT_TRUE(h.ended);
}

TEST(Server, ClosesProperlyWhoeverItIs) {
  // Three ways to be no client, and silence: the same end, whatever is still on its way.
  const std::vector<bytes> records[] = {
      {preamble("wrong")}, {bytes(100, 0xaa)}, std::vector<bytes>(20, bytes(16000, 0xaa)), {}};
  for (const auto& sent : records) {
    harness h([&](server_options& o) {
      if (sent.empty()) o.preamble_deadline = 30ms;
    });
    for (const auto& r : sent) h.send(r);
    h.read_to_end();
    EXPECT_EQ(h.ended, asio::error::eof) << sent.size();
    EXPECT_EQ(h.server_->count().failed_auth.value(), 1u);
  }
}

// ---------------------------------------------------------------- who is let in

/// Whether the server closes a fresh connection without a word.
bool shut_out(harness& h) {
  bool out = false;
  test::run(h.io, [&]() -> task<> {
    auto sockets = co_await test::connected_sockets();
    h.server_->accept(h.io, std::move(sockets.server));
    char c;
    sockets.client.non_blocking(true);
    error_code ec;
    sockets.client.read_some(asio::buffer(&c, 1), ec);
    out = ec == asio::error::eof;
  });
  return out;
}

TEST(ServerAdmission, FailuresShutASourceOutAndLeaveItsSessionsAlone) {
  open_harness h([](server_options& o) {
    o.limit_private_sources = true;
    o.admission.failures_per_minute = 3;
  });
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(shut_out(h)) << i;
    // TLS first, then a wrong password.
    test::run(h.io, [&]() -> task<> {
      auto sockets = co_await test::connected_sockets();
      h.server_->accept(h.io, std::move(sockets.server));
      auto context = tls::client_context::make(test::client_defaults()).value();
      auto intruder =
          std::move(co_await tls::stream::connect(std::move(sockets.client), context, 60s)).value();
      intruder->write_record(preamble("wrong"));
      intruder->flush();
      co_await intruder->wait_readable();
    });
    run_until_quiet(h.io);
  }
  EXPECT_TRUE(shut_out(h));
  EXPECT_EQ(h.server_->count().refused_failures.value(), 1u);
  h.send(frame(command::heart_request, 7));
  EXPECT_EQ(h.read_frames(1), (lines{"HeartResponse 7"}));
}

TEST(ServerAdmission, SessionsAreNotCountedAsPending) {
  open_harness h([](server_options& o) { o.admission.pending = 1; });
  EXPECT_FALSE(shut_out(h));
}

TEST(ServerAdmission, ConnectionsThatWaitAre) {
  harness h([](server_options& o) { o.admission.pending = 1; });  // its client has said nothing yet
  EXPECT_TRUE(shut_out(h));
  EXPECT_EQ(h.server_->count().refused_pending.value(), 1u);
}

// ---------------------------------------------------------------- streams

TEST(ServerStream, BytesGoBothWaysAndFinEndsIt) {
  open_harness h;
  h.send(join({frame(command::syn, 1), frame(command::psh, 1, address + "ping")}));
  EXPECT_EQ(h.read_frames(1), (lines{"SYNACK 1"}));
  char text[4];
  asio::read(*h.target, asio::buffer(text));
  EXPECT_EQ(std::string_view(text, 4), "ping");
  asio::write(*h.target, asio::buffer("pong", 4));
  EXPECT_EQ(h.read_frames(2), (lines{"SYNACK 1", "PSH 1 pong"}));
  test::shut_down_sending(*h.target);
  EXPECT_EQ(h.read_frames(3), (lines{"SYNACK 1", "PSH 1 pong", "FIN 1"}));
}

TEST(ServerStream, TheAddressMayComeByteByByte) {
  open_harness h;
  h.send(frame(command::syn, 1));
  for (const char c : address + "x") {
    h.send(frame(command::psh, 1, {&c, 1}));
    run_until_quiet(h.io);
  }
  EXPECT_EQ(h.read_frames(1), (lines{"SYNACK 1"}));
  char c;
  asio::read(*h.target, asio::buffer(&c, 1));
  EXPECT_EQ(c, 'x');
}

TEST(ServerStream, AFinRightBehindTheDataStillDeliversIt) {
  open_harness h;
  h.send(join({frame(command::syn, 1), frame(command::psh, 1, address + "fire and forget"),
               frame(command::fin, 1)}));
  ASSERT_TRUE(run_until_ready(h.io, [&] { return h.target != nullptr; }, 30s));
  started<std::string> all(h.io, [](tcp_socket& s) -> task<std::string> {
    std::string out;
    char room[100];
    for (;;) {
      const auto [error, n] = co_await s.async_read_some(asio::buffer(room), use_result);
      out.append(room, n);
      if (error) co_return out;
    }
  }(*h.target));
  ASSERT_TRUE(run_until_ready(h.io, [&] { return all.done; }, 30s));
  EXPECT_EQ(all.result, "fire and forget");
}

TEST(ServerStream, ARefusedTargetIsSynackWithTheReasonAndFin) {
  open_harness h;
  h.refuse_with = asio::error::connection_refused;
  h.send(join({frame(command::syn, 1), frame(command::psh, 1, address)}));
  const auto sent = h.read_frames(2);
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0], "SYNACK 1 " + h.refuse_with.message());
  EXPECT_EQ(sent[1], "FIN 1");
  // The session goes on.
  h.refuse_with = {};
  h.send(join({frame(command::syn, 2), frame(command::psh, 2, address)}));
  EXPECT_EQ(h.read_frames(3).back(), "SYNACK 2");
}

TEST(ServerStream, ATargetThatResetsIsToldApartFromAnEnd) {
  open_harness h;
  h.send(join({frame(command::syn, 1), frame(command::psh, 1, address)}));
  h.read_frames(1);
  test::send_reset(*h.target);
  const auto sent = h.read_frames(3);
  ASSERT_EQ(sent.size(), 3u);
  EXPECT_EQ(sent[1].substr(0, 25), "SYNACK 1 connection reset");
  EXPECT_EQ(sent[2], "FIN 1");
}

TEST(ServerStream, MalformedAddresses) {
  const std::string wrong[] = {std::string("\x02"
                                           "abcdefgh",
                                           9),
                               std::string("\x00\x00\x00\x00", 4),
                               std::string("\x03\x00\x00\x50", 4), std::string("\xff")};
  open_harness h;
  std::uint32_t id = 0;
  std::size_t frames = 0;
  for (const auto& bad : wrong) {
    ++id;
    h.send(join({frame(command::syn, id), frame(command::psh, id, bad)}));
    const auto sent = h.read_frames(frames += 2);
    ASSERT_EQ(sent.size(), frames);
    EXPECT_EQ(sent[frames - 2], fmt::format("SYNACK {} malformed target address", id));
    EXPECT_EQ(sent[frames - 1], fmt::format("FIN {}", id));
  }
  EXPECT_TRUE(h.requests.empty());
}

TEST(ServerStream, AFloodOfSynsIsLimited) {
  open_harness h;
  bytes flood;
  for (std::uint32_t id = 1; id <= 300; ++id) append(flood, frame(command::syn, id));
  h.send(flood);
  const std::size_t over = 300 - limits::streams_per_session;
  const auto sent = h.read_frames(2 * over);
  ASSERT_EQ(sent.size(), 2 * over);
  EXPECT_EQ(sent[0], "SYNACK 257 too many streams");
  EXPECT_EQ(sent[1], "FIN 257");
  // One of the live ones is served all the same.
  h.send(frame(command::psh, 100, address));
  EXPECT_EQ(h.read_frames(2 * over + 1).back(), "SYNACK 100");
}

TEST(ServerStream, AFinDuringTheDialEndsTheDial) {
  open_harness h;
  h.hang = true;
  h.send(join({frame(command::syn, 1), frame(command::psh, 1, address)}));
  ASSERT_TRUE(run_until_ready(h.io, [&] { return h.dialling == 1; }, 30s));
  h.send(frame(command::fin, 1));
  EXPECT_TRUE(run_until_ready(h.io, [&] { return h.dialling == 0; }, 30s));
  EXPECT_EQ(h.server_->count().dials_given_up.value(), 1u);
}

TEST(ServerStream, TheEndOfTheSessionEndsItsDials) {
  open_harness h;
  h.hang = true;
  h.send(join({frame(command::syn, 1), frame(command::psh, 1, address + "data"),
               frame(command::syn, 2), frame(command::psh, 2, address)}));
  ASSERT_TRUE(run_until_ready(h.io, [&] { return h.dialling == 2; }, 30s));
  h.client->abort();
  EXPECT_TRUE(run_until_ready(h.io, [&] { return h.dialling == 0; }, 30s));
}

TEST(ServerStream, AStormOfFinsDialsNothing) {
  open_harness h;
  h.hang = true;
  bytes storm;
  for (std::uint32_t id = 1; id <= 2000; ++id)
    append(storm, join({frame(command::syn, id), frame(command::psh, id, address),
                        frame(command::fin, id)}));
  h.send(storm);
  h.send(frame(command::heart_request, 7));
  EXPECT_EQ(h.read_frames(1), (lines{"HeartResponse 7"}));
  run_until_quiet(h.io);
  EXPECT_EQ(h.dialling, 0);
  EXPECT_LE(h.requests.size(), 1u);
}

TEST(ServerStream, AStormOfFinsWithDataHasALimitedNumberOfPlaces) {
  open_harness h;
  h.hang = true;
  int most = 0;
  for (std::uint32_t id = 1; id <= 2000; ++id) {
    h.send(join({frame(command::syn, id), frame(command::psh, id, address + "deliver this"),
                 frame(command::fin, id)}));
    if (id % 50 == 0) run_until_quiet(h.io);
    most = std::max(most, h.dialling);
  }
  run_until_quiet(h.io);
  EXPECT_EQ(static_cast<std::size_t>(h.dialling), limits::leftovers_per_user);
  EXPECT_LE(static_cast<std::size_t>(most), limits::leftovers_per_user + 50);
  EXPECT_EQ(h.server_->count().dials_given_up.value(), 2000 - limits::leftovers_per_user);
  EXPECT_EQ(h.server_->count().leftovers_cut.value(), 2000 - limits::leftovers_per_user);
}

TEST(ServerStream, StreamsOfAUserAreLimitedWhereAskedFor) {
  open_harness h([](server_options& o) { o.max_streams_per_user = 2; });
  h.send(join({frame(command::syn, 1), frame(command::syn, 2), frame(command::syn, 3)}));
  EXPECT_EQ(h.read_frames(2), (lines{"SYNACK 3 too many streams", "FIN 3"}));
  // One that ends makes room.
  h.send(join({frame(command::fin, 1), frame(command::heart_request, 1)}));
  h.read_frames(3);
  run_until_quiet(h.io);
  h.send(join({frame(command::syn, 4), frame(command::psh, 4, address)}));
  EXPECT_EQ(h.read_frames(4).back(), "SYNACK 4");
  EXPECT_EQ(h.server_->count().streams_over_limit.value(), 1u);
}

TEST(ServerStream, AStreamThatIsOverDoesNotCountWhileItsTargetIsDialled) {
  open_harness h([](server_options& o) { o.max_streams_per_user = 1; });
  h.hang = true;
  h.send(join({frame(command::syn, 1), frame(command::psh, 1, address + "deliver this"),
               frame(command::fin, 1)}));
  ASSERT_TRUE(run_until_ready(h.io, [&] { return h.dialling == 1; }, 30s));
  run_until_quiet(h.io);
  h.hang = false;
  h.send(join({frame(command::syn, 2), frame(command::psh, 2, address)}));
  EXPECT_EQ(h.read_frames(1), (lines{"SYNACK 2"}));
}

// ---------------------------------------------------------------- idle sessions

TEST(ServerIdle, ASessionWithoutStreamsIsClosedAfterTheLimit) {
  open_harness h([](server_options& o) { o.idle_session_timeout = 100ms; });
  const auto began = clock::now();
  h.read_to_end();
  EXPECT_EQ(h.ended, asio::error::eof);
  EXPECT_GE(clock::now() - began, 90ms);
  EXPECT_EQ(h.server_->count().sessions_idle_closed.value(), 1u);
}

TEST(ServerIdle, AStreamKeepsItOpen) {
  open_harness h([](server_options& o) { o.idle_session_timeout = 60ms; });
  h.send(join({frame(command::syn, 1), frame(command::psh, 1, address)}));
  EXPECT_EQ(h.read_frames(1), (lines{"SYNACK 1"}));
  run_until_ready(h.io, [] { return false; }, 300ms);
  EXPECT_EQ(h.server_->count().sessions_idle_closed.value(), 0u);
  h.send(frame(command::fin, 1));
  h.read_to_end();
  EXPECT_EQ(h.server_->count().sessions_idle_closed.value(), 1u);
}

TEST(ServerIdle, NothingIsClosedWithoutTheOption) {
  open_harness h;
  run_until_ready(h.io, [] { return false; }, 300ms);
  h.send(frame(command::heart_request, 7));
  EXPECT_EQ(h.read_frames(1), (lines{"HeartResponse 7"}));
}

TEST(ServerHeartbeat, ASilentClientIsAskedAndOneThatAnswersStays) {
  open_harness h([](server_options& o) { o.heartbeat = 100ms; });
  for (std::size_t i = 1; i <= 3; ++i) {
    ASSERT_EQ(h.read_frames(i).size(), i);
    EXPECT_EQ(test::frames_of(h.got).back(), "HeartRequest 0");
    h.send(frame(command::heart_response, 0));
  }
  EXPECT_EQ(h.server_->count().sessions_dead.value(), 0u);
}

TEST(ServerHeartbeat, ADeadOneIsClosed) {
  open_harness h([](server_options& o) { o.heartbeat = 50ms; });
  EXPECT_EQ(h.read_to_end(), (lines{"HeartRequest 0"}));
  EXPECT_EQ(h.server_->count().sessions_dead.value(), 1u);
}

TEST(ServerHeartbeat, NobodyIsAskedBeforeItsSettings) {
  harness h([](server_options& o) { o.heartbeat = 20ms; });
  h.send(preamble("secret"));  // a warm session of a deployed client
  run_until_ready(h.io, [] { return false; }, 300ms);
  h.send(settings);
  EXPECT_EQ(h.read_frames(1).front(), "ServerSettings 0 v=2");
}

TEST(ServerStream, SynBeforeSettingsEndsWithAnAlert) {
  harness h;
  h.send(preamble("secret"));
  h.send(frame(command::syn, 1));
  EXPECT_EQ(h.read_to_end(), (lines{"Alert 0 client did not send its settings"}));
  EXPECT_EQ(h.ended, asio::error::eof);
}

TEST(ServerStream, ShutDownEndsTheSessions) {
  open_harness h;
  h.send(join({frame(command::syn, 1), frame(command::psh, 1, address)}));
  h.read_frames(1);
  h.server_->shut_down();
  h.read_to_end();
  EXPECT_TRUE(h.ended);
  started<test::received> target(h.io, test::receive_bytes(*h.target));
  EXPECT_TRUE(run_until_ready(h.io, [&] { return target.done; }, 30s));
  EXPECT_EQ(target.result.end, asio::error::connection_reset);
}

TEST(ServerStream, AContextThatEndsFirstLeavesNothingBehind) {
  // With a session, a relay and a stream that waits for its address under way.
  auto h = std::make_unique<open_harness>();
  h->send(join({frame(command::syn, 1), frame(command::psh, 1, address), frame(command::syn, 2)}));
  h->read_frames(1);
  h->server_.reset();
  h.reset();
}

}  // namespace
}  // namespace anytls::server
