// Anything that a connection may send to a server after its TLS handshake: the preamble of a user,
// of nobody, or a part of one, cut into records anywhere; then frames. Joined as src/server does
// (which wants a socket): preamble_reader, user_table, session, and a relay for each stream, with
// targets that answer, refuse, push and break as a script says. Whoever is not a user gets no byte
// and no second read; whatever the course, everything has ended when the client has.
#include "base/io_buffers.h"
#include "base/log.h"
#include "net/relay.h"
#include "protocol/auth.h"
#include "protocol/socks_address.h"
#include "server/user_table.h"
#include "session/session.h"
#include "support/fake_transport.h"

#include "far_end.h"
#include "frame_script.h"
#include "sent_frames.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <array>

namespace anytls::server {
namespace {

using session::close_reason;
using session::stream;
using verdict = protocol::preamble_reader::verdict;

const session::session_core::server_side side{"stop=1", "md5", 4};

const user_table& users() {
  static const auto table = [] {
    seeded_random random(7);
    user_table t(random);
    t.add("one", "first");
    t.add("two", "second");
    return t;
  }();
  return table;
}

/// The other half of a stream, from its dial to its end; owned by the relay once that runs.
struct target {
  enum class answer { none, accepts, refuses } says = answer::none;
  timer asked;
  far_end* end = nullptr;
  explicit target(asio::io_context& io) : asked(io, time_point::max()) {}
};

class course final : public session::session_events {
 public:
  explicit course(script& s) : s_(s), wire_(std::make_shared<test::fake_wire>(io_)) {
    if (const auto at = s_.byte(); at < 100) wire_->fail_at = at;
    const auto how = s_.byte();
    wire_->fail_with =
        (how & 1) != 0 ? error_code(asio::error::connection_reset) : asio::error::broken_pipe;
    wire_->write_alone = (how & 2) != 0;
  }

  void run() {
    spawn(serve(std::make_unique<test::fake_transport>(wire_)));
    settle();
    send_preamble();
    settle();
    for (int steps = 0; !s_.over() && steps < 400; ++steps) {
      step();
      if (s_.flip()) settle();
    }
    finish();
  }

 private:
  // ---- as server.cpp does it ----

  task<> serve(std::unique_ptr<transport> client) {
    transport::read_outcome got;
    mutable_bytes buffer;
    for (;;) {
      got = client->read_record(buffer = io_buffers::plaintext_in());
      if (got.size != 0 || got.error) break;
      if (co_await client->wait_readable()) co_return;
    }
    protocol::preamble_reader preamble;
    auto said = verdict::not_a_client;
    if (got.size != 0) said = preamble.start(buffer.first(got.size));
    std::shared_ptr<server::user> user;
    if (said != verdict::not_a_client) user = users().find(preamble.hash());
    if (!user) {
      client->close();
      co_return;
    }
    known_ = true;
    CHECK(user->name == (is_user(wire_bytes_, "first") ? "one" : "two"));
    while (said == verdict::need_more) {
      got = client->read_some(buffer = io_buffers::plaintext_in());
      if (got.error) co_return;
      if (got.size != 0)
        said = preamble.more(buffer.first(got.size));
      else if (co_await client->wait_readable())
        co_return;
    }
    begun_ = true;
    session_ = std::make_unique<session::session>(std::move(client), side, random_, *this);
    session_->start(buffer.subspan(preamble.consumed(), got.size - preamble.consumed()));
  }

  void on_stream(session::session&, std::unique_ptr<stream> opened) override {
    CHECK(begun_ && closed_ == 0);
    for (; counted_ < wire_->records.size(); ++counted_) sent_ += wire_->records[counted_].size();
    opened_.emplace(opened->id(), sent_);
    peer_.newest = opened->id();
    spawn(serve_stream(std::move(opened)));
  }

  task<> serve_stream(std::unique_ptr<stream> one) {
    for (;;) {
      auto parsed = protocol::parse_socks_address(one->early());
      if (!parsed) {
        one->refuse("malformed target address");
        co_return;
      }
      if (*parsed) {
        one->consume_early((*parsed)->size);
        break;
      }
      if (co_await one->wait_early()) co_return;
    }
    const auto dial = std::make_shared<target>(io_);
    targets_.push_back(dial);
    while (dial->says == target::answer::none) co_await dial->asked.async_wait(use_result);
    if (dial->says == target::answer::refuses) {
      one->refuse("connection refused");
      co_return;
    }
    one->accept();
    auto end = std::make_unique<far_end>(io_.get_executor());
    dial->end = end.get();
    co_await net::relay(std::move(one), std::move(end));
    dial->end = nullptr;
  }

  void on_closed(session::session& which, close_reason, error_code) override {
    CHECK(&which == session_.get());
    CHECK(++closed_ == 1);
    session_.reset();
  }

  void spawn(task<> what) {
    ++coroutines_;
    asio::co_spawn(io_, std::move(what), [this](const std::exception_ptr& e) {
      CHECK(!e);
      --coroutines_;
    });
  }

  // ---- the script ----

  void send_preamble() {
    const auto kind = s_.byte();
    bytes out = protocol::make_preamble(sha256(as_bytes((kind & 1) != 0 ? "first" : "second")),
                                        s_.length(16'350));
    if (kind >= 200) {  // not a user
      if (kind < 220)
        out[s_.upto(31)] ^= static_cast<std::uint8_t>(1 + s_.upto(254));
      else if (kind < 235)
        out.resize(s_.upto(33));
      else
        out.assign(20, 'G'), append(out, s_.take(60));
    } else if (kind >= 180) {
      put_u16(out.data() + 32, static_cast<std::uint16_t>(s_.number()));
    }
    for (auto n = s_.upto(3); n > 0; --n)
      append(out, peer_.next());  // deployed clients send more at once
    const auto cut = s_.byte();   // mostly the header is whole
    first_record_ = cut < 200 ? 34 + cut * std::size_t{8} : cut - 200U;
    first_record_ = std::min(
        cut >= 190 && cut < 200 ? out.size() : std::max<std::size_t>(first_record_, 1), out.size());
    feed(bytes_view(out).first(first_record_));
    feed(bytes_view(out).subspan(first_record_));
  }

  void step() {
    switch (s_.byte() % 16) {
      case 0:
        return wire_->take(s_.length(200'000));
      case 1:
        return wire_->take(test::fake_wire::unlimited);
      case 2:
        if (s_.upto(7) == 0 && session_) session_->close(close_reason::shutdown);
        return;
      case 3:
        if (s_.upto(7) == 0) wire_->end_reading(error_code(asio::error::eof));
        return;
      case 4:  // a stream as clients open it
      case 5: {
        bytes out;
        protocol::append_frame(out, protocol::command::syn, ++peer_.newest);
        bytes address;
        protocol::append_socks_address(address, protocol::address::from_host("a.test", 80));
        append(address, s_.take(s_.upto(20)));
        protocol::append_frame(out, protocol::command::psh, peer_.newest, address);
        return feed(out);
      }
      case 6:
      case 7:
      case 8:
      case 9:
        return with_target(s_.upto(7));
      default:
        return feed(peer_.next());
    }
  }

  void with_target(std::size_t what) {
    if (targets_.empty()) return;
    auto& one = *targets_[s_.byte() % targets_.size()];
    if (one.says == target::answer::none) {
      one.says = what == 0 ? target::answer::refuses : target::answer::accepts;
      one.asked.cancel();
      return;
    }
    if (!one.end) return;
    switch (what) {
      case 0:
        one.end->stuck = true;
        return;
      case 1:
        return one.end->let_go();
      case 2:
        return one.end->push_no_more();
      case 3:
        return one.end->end({});
      case 4:
        return one.end->end(asio::error::connection_reset);
      default: {
        const auto size = s_.length(16'000) + 1;
        pushed_ += size;
        filler_.resize(std::max(filler_.size(), size), 'x');
        return one.end->push(bytes_view(filler_).first(size));
      }
    }
  }

  void feed(bytes_view data) {
    if (wire_bytes_.size() > 1'000'000 || data.empty()) return;
    append(wire_bytes_, data);
    // The first record is cut by hand. Not too many pieces: each is a turn of the loop.
    const bool whole = wire_bytes_.size() == first_record_ || s_.flip();
    wire_->feed(data, whole ? 0 : std::max<std::size_t>(1U + s_.byte(), data.size() / 64));
  }

  // ---- what must hold ----

  static bool is_user(bytes_view sent, std::string_view password) {
    return sent.size() >= 34 && std::ranges::equal(sent.first(32), sha256(as_bytes(password)));
  }

  void settle() {
    test::settle(io_);
    const bool user =
        first_record_ >= 34 && (is_user(wire_bytes_, "first") || is_user(wire_bytes_, "second"));
    CHECK(user || !known_);
    if (first_record_ != 0 && !user) {
      CHECK(wire_->records.empty() && wire_->sent.empty());
      CHECK(wire_->destroyed);
      CHECK(wire_->bytes_read <= first_record_);
    }
    CHECK(wire_->queued.size() <= 2 * pushed_ + limits::answer_backlog + 400'000);
    CHECK(wire_->sent.empty() || begun_);
    for (const auto& t : targets_)
      if (t->end) CHECK(t->end->held <= limits::stream_backlog + 128 * 1024);
  }

  void finish() {
    // The client goes, and a target that is stuck lets go of what it holds in the end.
    wire_->take(test::fake_wire::unlimited);
    wire_->end_reading(s_.flip() ? error_code(asio::error::eof) : asio::error::connection_reset);
    settle();
    // Whoever lets go makes the session read on, and that may begin another dial.
    for (std::size_t answered = 0; answered < targets_.size();) {
      answered = targets_.size();
      for (const auto& t : targets_) {
        if (t->end) t->end->let_go();
        if (t->says != target::answer::none) continue;
        t->says = target::answer::accepts;
        t->asked.cancel();
      }
      settle();
    }
    for (const auto& t : targets_)
      if (t->end) t->end->let_go();
    settle();
    CHECK(!session_ && closed_ == (begun_ ? 1 : 0));
    CHECK(coroutines_ == 0);
    CHECK(wire_->destroyed);
    bytes sent;
    for (const auto& record : wire_->records) append(sent, record);
    check_sent_by_server(sent, opened_);
  }

  script& s_;
  asio::io_context io_{1};
  std::shared_ptr<test::fake_wire> wire_;
  seeded_random random_{1};
  frame_script peer_{s_};
  std::unique_ptr<session::session> session_;
  std::vector<std::shared_ptr<target>> targets_;
  std::multimap<std::uint32_t, std::size_t> opened_;
  bytes wire_bytes_;  ///< what the client has sent
  bytes filler_;
  std::size_t counted_ = 0;  ///< records in sent_
  std::size_t sent_ = 0;
  std::size_t first_record_ = 0;
  std::size_t pushed_ = 0;
  int coroutines_ = 0;
  int closed_ = 0;
  bool known_ = false;
  bool begun_ = false;
};

}  // namespace
}  // namespace anytls::server

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool quiet = [] {
    return anytls::log::configure({.threshold = anytls::log::level::off});
  }();
  (void)quiet;
  anytls::script s({data, size});
  anytls::server::course(s).run();
  return 0;
}
