// A script against the driver of a session, in either role: what the peer sends and in which
// pieces, what the kernel takes, which IO step fails, what applications or targets do, and what the
// owner does when he is told something. Whatever the course: the session ends once, its streams end
// once, nothing comes after an end, half a transfer does not look whole, and nobody makes it hold
// more than its limits.
#include "base/log.h"
#include "session/session.h"
#include "support/fake_transport.h"

#include "far_end.h"
#include "frame_script.h"
#include "sent_frames.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <array>

namespace anytls::session {
namespace {

using protocol::padding_scheme;

constexpr std::size_t flood_piece = 30'000;
const session_core::server_side side{"stop=1", "md5", 4};

/// A stream, and the end that it is joined with.
struct line final : stream_watcher {
  line(std::unique_ptr<stream> s, executor where)
      : one(std::move(s)), id(one->id()), far(std::move(where)) {}

  void on_alive(stream& which) override {
    CHECK(&which == one.get() && watched);
    CHECK(++alive == 1);
  }
  void on_closed(endpoint& which, error_code why) override {
    CHECK(&which == one.get());
    // Who watched before he attached may hear of an end that lay in between both times.
    CHECK(++ended <= (watched && attached ? 2 : 1));
    CHECK(watched || attached);
    reason = why;
    if (attached) far.nothing_more = true;
  }
  void attach() {
    if (std::exchange(attached, true)) return;
    one->attach(far, *this);
  }
  /// Whether its owner may let go of it.
  bool loose() const { return !attached || ended > 0; }

  std::unique_ptr<stream> one;
  const std::uint32_t id;
  far_end far;
  std::string consumed;  ///< taken from early()
  bool watched = false;
  bool attached = false;
  bool ended_by_us = false;
  bool finished = false;                                          ///< by us: it sends nothing more
  std::shared_ptr<bool> waiting = std::make_shared<bool>(false);  ///< a coroutine of ours is in it
  int alive = 0;
  int ended = 0;
  error_code reason;
};

class course final : public session_events {
 public:
  explicit course(script& s)
      : s_(s), client_(s.flip()), wire_(std::make_shared<test::fake_wire>(io_)) {
    for (auto& r : reactions_) r = s_.byte();
    if (const auto at = s_.byte(); at < 128) wire_->fail_at = at;
    const auto how = s_.byte();
    wire_->fail_with =
        std::array<error_code, 4>{asio::error::connection_reset, asio::error::eof,
                                  asio::error::broken_pipe, asio::error::timed_out}[how & 3];
    wire_->write_alone = (how & 4) != 0;
    auto transport = std::make_unique<test::fake_transport>(wire_);
    if (!client_) {
      driver_ = std::make_unique<session>(std::move(transport), side, random_, *this);
      driver_->start((how & 8) != 0 ? sent_by_peer(peer_.next()) : bytes_view());
      consumed_early_ = fed_.size();
      return;
    }
    static const auto quiet =
        std::make_shared<padding_scheme>(padding_scheme::parse("stop=1").value());
    static const auto usual = std::make_shared<padding_scheme>(padding_scheme::default_scheme());
    driver_ = std::make_unique<session>(std::move(transport),
                                        session_options{(how & 16) != 0 ? usual : quiet, "fuzz/1"},
                                        random_, *this);
    if ((how & 32) != 0) {
      preamble_ = 10;
      driver_->authenticate(bytes(preamble_), (how & 64) != 0);
    }
    if (driver_) driver_->start();
  }

  void run() {
    while (!s_.over() && steps_++ < 400) {
      step();
      if (s_.flip()) settle();
    }
    finish();
  }

 private:
  // ---- the owner of the session ----

  void react() {
    if (!driver_ || driver_->closed()) return;
    switch (reactions_[reaction_++ % reactions_.size()] % 16) {
      case 1:
        return driver_->close(close_reason::idle_timeout);
      case 2:
        return open();
      case 3:
        return driver_->ask_for_life();
      default:
        return;
    }
  }
  void on_stream(session& which, std::unique_ptr<stream> opened) override {
    CHECK(&which == driver_.get() && !client_);
    CHECK(opened && !which.closed());
    for (; counted_ < wire_->records.size(); ++counted_) sent_ += wire_->records[counted_].size();
    opened_.emplace(opened->id(), sent_);
    peer_.newest = opened->id();
    switch (reactions_[reaction_++ % reactions_.size()] % 8) {
      case 1:
        return;  // destroys it
      case 2:
        return opened->refuse("no");
      default:
        break;
    }
    lines_.push_back(std::make_unique<line>(std::move(opened), io_.get_executor()));
    CHECK(which.closed() || live_lines() <= side.max_streams);
    if (reactions_[reaction_++ % reactions_.size()] % 4 == 1) {
      lines_.back()->one->accept();
      if (!lines_.back()->one->closed()) lines_.back()->attach();
    }
  }
  void on_idle(session& which) override {
    CHECK(client_ && which.idle());
    react();
  }
  void on_scheme(session&, const std::string&) override { told_client(); }
  void on_peer_version(session&, int) override { react(); }
  void on_heard(session&) override {
    told_client();
    CHECK(++heard_ == 1);
  }
  void on_round_trip(session&, duration, bool) override { react(); }
  void on_silence(session&) override { react(); }
  void on_suspect(session&) override { react(); }
  void on_alive(session&) override { told_client(); }
  void on_drained(session&) override { told_client(); }
  void told_client() {
    CHECK(client_ && driver_ && closed_ == 0);
    react();
  }
  void on_closed(session& which, close_reason, error_code) override {
    CHECK(&which == driver_.get());
    CHECK(++closed_ == 1);
    driver_.reset();
  }

  // ---- the script ----

  void step() {
    const auto what = s_.byte();
    switch (what % 32) {
      case 0:
        return wire_->take(s_.length(200'000));
      case 1:
        return wire_->take(test::fake_wire::unlimited);
      case 2:
        if (s_.upto(3) == 0)
          wire_->end_reading(s_.flip() ? error_code(asio::error::eof)
                                       : asio::error::connection_reset);
        return;
      case 3:
        return flood();
      case 4:
      case 5:
        return open();
      case 6:
        if (driver_ && s_.upto(3) == 0)
          driver_->close(static_cast<close_reason>(s_.upto(close_reasons - 1)));
        return;
      case 7:
        return pulse();
      case 8:
      case 9:
      case 10:
      case 11:
      case 12:
      case 13:
      case 14:
      case 15:
      case 16:
        return with_line(what % 32 - 8);
      default:
        return feed(peer_.next());
    }
  }

  void with_line(int what) {
    if (lines_.empty()) return;
    const auto at = s_.byte() % lines_.size();
    auto& l = *lines_[at];
    auto& one = *l.one;
    switch (what) {
      case 0:
        return l.attach();
      case 1: {
        const auto size = s_.length(300'000);
        will_send(l, size);
        return one.write(filler(size));
      }
      case 2: {  // into the room that it lends
        const auto room = one.prepare();
        CHECK(!room.empty());
        std::size_t all = 0;
        for (const auto& part : room) all += part.iov_len;
        const auto size = s_.length(all);
        will_send(l, size);
        return one.commit(size);
      }
      case 3:
        l.ended_by_us = l.ended_by_us || !client_;
        l.finished = true;
        return one.finish();
      case 4:
        l.ended_by_us = true;
        if (s_.flip()) return one.close();
        return client_ || s_.flip() ? one.reset(asio::error::connection_reset)
                                    : one.refuse("refused");
      case 5:
        l.far.stuck = true;
        return;
      case 6:
        l.far.held = 0;
        l.far.stuck = false;
        return one.resume();
      case 7:
        return by_role(l);
      default:
        if (l.loose()) forget(at);
    }
  }

  void will_send(const line& l, std::size_t size) {
    if (l.finished || l.one->closed()) return;
    pushed_ += size;
    sizes_[l.id] += size;
  }

  void by_role(line& l) {
    auto& one = *l.one;
    switch (s_.upto(3)) {
      case 0:
        if (!client_) return one.accept();
        if (l.attached || l.watched || one.closed()) return;
        l.watched = true;
        return one.watch(l);
      case 1:
        if (client_ || l.attached || *l.waiting) return;
        l.consumed += as_text(one.early().first(std::min<std::size_t>(one.early().size(), 10)));
        return one.consume_early(std::min<std::size_t>(one.early().size(), 10));
      default:
        if (*l.waiting) return;
        *l.waiting = true;
        ++coroutines_;
        asio::co_spawn(io_, wait(&one, l.waiting), asio::detached);
    }
  }
  // `waiting` turns false when the stream is gone, which may be before this has begun.
  task<> wait(stream* one, std::shared_ptr<bool> waiting) {
    if (*waiting && client_)
      (void)co_await one->wait_established();
    else if (*waiting)
      (void)co_await one->wait_early();
    --coroutines_;
    *waiting = false;
  }

  void open() {
    if (!client_ || !driver_ || lines_.size() > 8) return;
    session::open_options how;
    how.ask = s_.flip();
    auto opened = driver_->open(protocol::address::from_host("a.test", 80), how);
    if (!opened) {
      CHECK(driver_->closed());
      return;
    }
    peer_.newest = opened->id();
    sizes_[opened->id()] += 10;  // the address
    lines_.push_back(std::make_unique<line>(std::move(opened), io_.get_executor()));
  }

  void pulse() {
    if (!driver_) return;
    if (s_.flip()) driver_->ask_for_life();
    if (s_.flip()) driver_->expect_life_until(clock::now() + 1s * s_.byte());
    session::server_facts facts;
    facts.version_2_seen = s_.flip();
    facts.version_1 = s_.flip();
    const heartbeat_options options{.interval = 1s * s_.upto(60)};
    const auto said = driver_->check_pulse(clock::now() + 1s * s_.byte(), options, facts);
    if (said == session::pulse::dead) driver_->close(driver_->silence_means());
  }

  void feed(bytes_view data) {
    if (fed_.size() > 2'000'000) return;
    // Not too many pieces: each is a turn of the loop.
    const bool whole = s_.flip();
    wire_->feed(sent_by_peer(data),
                whole ? 0 : std::max<std::size_t>(1U + s_.byte(), data.size() / 64));
  }
  void flood() {
    const auto one = peer_.next();
    bytes many;
    for (auto n = s_.length(20'000); n > 0 && many.size() < 400'000; --n) append(many, one);
    if (fed_.size() > 2'000'000) return;
    wire_->feed(sent_by_peer(many), flood_piece);
  }
  bytes_view sent_by_peer(bytes_view data) {
    append(fed_, data);
    return last_ = data;
  }

  // ---- what must hold ----

  void settle() {
    test::settle(io_);
    // The last read may bring many SYN of 7 bytes with answers of 30, and every write padding.
    CHECK(wire_->queued.size() <=
          2 * pushed_ + limits::answer_backlog + flood_piece / 7 * 30 + 100'000);
    for (const auto& l : lines_) {
      CHECK(l->far.held <= limits::stream_backlog + 128 * 1024);
      CHECK(l->one->early().size() <= limits::stream_backlog + 128 * 1024);
    }
  }
  std::size_t live_lines() const {
    return static_cast<std::size_t>(std::count_if(lines_.begin(), lines_.end(),
                                                  [](const auto& l) { return !l->one->closed(); }));
  }

  void forget(std::size_t at) {
    check(*lines_[at]);
    // As its owners do: nobody may hear of it any more. Taken out first: its end may open another.
    auto gone = std::move(lines_[at]);
    lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(at));
    *gone->waiting = false;
    gone->one->unwatch();
    gone->one.reset();
  }

  bytes_view consumed() const {
    return bytes_view(fed_).first(consumed_early_ + wire_->bytes_read);
  }

  void check(const line& l) {
    const auto got = l.consumed + (l.attached ? l.far.received : std::string()) +
                     std::string(as_text(l.one->early()));
    const bool clean = l.ended > 0 && !l.reason && !l.ended_by_us;
    if (got.empty() && !clean) return;
    std::string said;
    bool finished = false;
    for (const auto& f : frames_in(consumed(), false)) {
      if (f.id != l.id) continue;
      if (f.command == protocol::command::psh) said += as_text(f.data);
      finished = finished || f.command == protocol::command::fin;
    }
    CHECK(said.find(got) != std::string::npos);
    CHECK(!clean || finished);
  }

  void finish() {
    settle();
    if (s_.flip() && driver_) {  // as at the end of a program: sessions first
      CHECK(closed_ == 0);
      driver_.reset();
      CHECK(wire_->destroyed);
    } else if (driver_) {
      driver_->close(close_reason::shutdown, errc::shutting_down);
    }
    settle();
    CHECK(!driver_ && wire_->destroyed && closed_ <= 1);
    CHECK(coroutines_ == 0);
    for (auto& l : lines_) {
      CHECK(l->one->closed());
      CHECK(!l->attached || l->ended > 0);
    }
    while (!lines_.empty()) forget(lines_.size() - 1);
    settle();
    bytes sent;
    for (const auto& record : wire_->records) append(sent, record);
    std::erase_if(sizes_, [](const auto& one) { return one.second == 0; });
    // Once, all of it, and nothing else.
    CHECK(sizes_ == (client_ ? check_sent_by_client(
                                   bytes_view(sent).subspan(std::min(preamble_, sent.size())))
                             : check_sent_by_server(sent, opened_)));
  }

  bytes_view filler(std::size_t size) {
    filler_.resize(std::max(filler_.size(), size), 'x');
    return bytes_view(filler_).first(size);
  }

  script& s_;
  const bool client_;
  asio::io_context io_{1};
  std::shared_ptr<test::fake_wire> wire_;
  seeded_random random_{1};
  frame_script peer_{s_};
  std::array<std::uint8_t, 8> reactions_{};
  std::size_t reaction_ = 0;
  std::unique_ptr<session> driver_;
  std::vector<std::unique_ptr<line>> lines_;
  std::multimap<std::uint32_t, std::size_t> opened_;
  bytes fed_;
  bytes_view last_;
  bytes filler_;
  std::size_t counted_ = 0;  ///< records in sent_
  std::size_t sent_ = 0;
  std::size_t consumed_early_ = 0;
  std::size_t preamble_ = 0;
  std::size_t pushed_ = 0;
  sent_sizes sizes_;  ///< what we gave each stream to send
  int steps_ = 0;
  int coroutines_ = 0;
  int closed_ = 0;
  int heard_ = 0;
};

}  // namespace
}  // namespace anytls::session

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool quiet = [] {
    return anytls::log::configure({.threshold = anytls::log::level::off});
  }();
  (void)quiet;
  anytls::script s({data, size});
  anytls::session::course(s).run();
  return 0;
}
