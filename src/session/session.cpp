#include "session/session.h"

#include "base/io_buffers.h"
#include "base/limits.h"
#include "base/log.h"
#include "protocol/settings.h"
#include "session/tcp_facts.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace anytls::session {

using protocol::command;

namespace {

// A connection whose other kernel has not answered for so long is dead, whatever the heartbeat.
constexpr duration silence_of_the_path = 45s;

// A read or a write of this size has found as much as there was room for: the last record of it may
// still be on its way.
constexpr std::size_t full = io_buffers::size - limits::record;

}  // namespace

session::session(std::unique_ptr<transport> connection, session_options options,
                 random_source& random, session_events& events)
    : connection_(std::move(connection)),
      options_(std::move(options)),
      events_(events),
      role_(role::client),
      writer_(*connection_, options_.scheme, random),
      heartbeat_(clock::now()) {}

session::session(std::unique_ptr<transport> connection, const session_core::server_side& side,
                 random_source& random, session_events& events)
    : connection_(std::move(connection)),
      events_(events),
      role_(role::server),
      core_(side),
      writer_(*connection_, nullptr, random),
      heartbeat_(clock::now()) {}

session::~session() {
  for (auto& entry : core_.streams())
    if (entry.owner) entry.owner->session_gone(errc::session_closed);
}

void session::authenticate(bytes_view preamble, bool now) {
  connection_->write_record(preamble);
  if (now) flush();
}

void session::start(bytes_view received) {
  started_ = true;
  if (!received.empty()) process(received);
  resume_reading();
}

// Settings go in front of whatever speaks first: a stream, or a heartbeat.
void session::append_settings_once(bytes& frames) {
  if (!is_client() || std::exchange(settings_sent_, true)) return;
  const auto settings =
      protocol::make_client_settings(options_.client_text, options_.scheme->md5());
  protocol::append_frame(frames, command::settings, 0, as_bytes(settings));
}

std::unique_ptr<stream> session::open(const protocol::address& target, const open_options& how) {
  if (closed_) return nullptr;
  const auto id = core_.open_stream();
  if (id == 0) return nullptr;
  auto opened = std::make_unique<stream>(*this, id);
  core_.streams().set_owner(id, opened.get());
  stream_opened_ = true;
  large_reads_ = large_writes_ = false;  // that others kept up says nothing of this one

  bytes frames;
  append_settings_once(frames);
  protocol::append_frame(frames, command::syn, id);
  bytes address;
  protocol::append_socks_address(address, target);
  protocol::append_frame(frames, command::psh, id, address);
  const auto now = clock::now();
  if (how.ask) {
    protocol::append_frame(frames, command::heart_request, 0);
    question_at_ = now;
    heartbeat_.asked(now);
  }
  writer_.frames(frames);
  flush();
  if (started_) resume_reading();  // one of several may hold more than one alone
  opened->version_2_known_ = how.version_2_known;
  opened->await_answer(now, options_.stream_timeout, how.suspect_after, how.condemn_after);
  return opened;
}

// ---------------------------------------------------------------- life

void session::ask_for_life() {
  if (closed_) return;
  bytes frames;
  append_settings_once(frames);
  protocol::append_frame(frames, command::heart_request, 0);
  if (stream_opened_)
    writer_.frames(frames);
  else
    writer_.frames_before_first_stream(frames);
  question_at_ = clock::now();
  heartbeat_.asked(question_at_);
  flush();
}

void session::guard_idle(bool idle) noexcept {
  const int fd = connection_->native_handle();
  const unsigned milliseconds = idle ? 45'000 : 0;
  if (fd >= 0) ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
}

// A question may go with Settings; later ones only to a server that is known to answer.
bool session::may_ask(const server_facts& server) const noexcept {
  if (!is_client()) return core_.peer_version() >= 2;
  return !server.version_1 && (!settings_sent_ || core_.peer_version() >= 2 ||
                               (server.version_2_seen && !core_.heard()));
}

session::pulse session::check_pulse(time_point now, const heartbeat_options& options,
                                    const server_facts& server) {
  if (closed_) return pulse::fine;
  if (now >= life_expected_) return pulse::dead;
  const bool idle = core_.streams().empty();
  const int fd = connection_->native_handle();
  // With a live stream only TCP can tell: deployed servers leave HeartRequest unanswered while a
  // slow target blocks their reader, but their kernel goes on acknowledging.
  if (!idle && tcp_facts(fd).silent_for(silence_of_the_path)) return pulse::dead;
  const auto unanswered = [&] {
    const tcp_facts tcp(fd);
    return fd >= 0 && !tcp.known() ? true : tcp.unanswered_for(now - heartbeat_.asked_at());
  };
  heartbeat_core::facts facts;
  facts.smoothed_rtt = server.smoothed_rtt;
  facts.may_ask = may_ask(server);
  facts.deadline_runs = idle || (!must_pause() && heartbeat_.waiting() && unanswered());
  switch (heartbeat_.tick(now, options, facts)) {
    case heartbeat_core::step::none:
      return pulse::fine;
    case heartbeat_core::step::ask:
      ask_for_life();
      return pulse::asked;
    case heartbeat_core::step::dead:
      break;
  }
  if (core_.peer_version() >= 2 || server.version_2_seen) return pulse::dead;
  heartbeat_.forget_question();
  return pulse::version_1;
}

// ---------------------------------------------------------------- reading

void session::resume_reading() {
  if (reading_ || processing_ || closed_ || must_pause()) return;
  reading_ = true;
  ++coroutines_;
  asio::co_spawn(connection_->get_executor(), read_loop(), asio::detached);
}

bool session::must_pause() const noexcept {
  // Answers that the peer does not read must not pile up.
  if (connection_->backlog() > limits::answer_backlog) return true;
  const bool alone = core_.streams().size() == 1;
  for (const auto& entry : core_.streams())
    if (entry.owner && entry.owner->blocks() &&
        (alone || entry.owner->held() >= limits::stream_backlog))
      return true;
  return false;
}

// With several streams one that stops would hold a large read beside what the others hold.
bool session::keeps_up() const noexcept {
  const auto& streams = core_.streams();
  return streams.size() == 1 && streams.begin()->owner && streams.begin()->owner->held() == 0;
}

// A client may want its server's memory: a stream that one read brings whole, from SYN to FIN,
// holds all of that until its target takes it. So a session may do this once.
void session::judge_read(std::size_t size, bool large) {
  if (large && opened_in_read_) small_reads_only_ = true;
  large_reads_ = !small_reads_only_ && size >= full && keeps_up();
}

task<> session::read_loop() {
  while (!closed_ && !must_pause()) {
    const bool large = std::exchange(large_reads_, false);
    auto buffer = io_buffers::plaintext_in(large ? io_buffers::large_size : io_buffers::size);
    const auto got = connection_->read_some(buffer);
    if (got.size > 0) {
      const auto now = clock::now();
      heartbeat_.received(now);
      expect_life_until(time_point::max());
      opened_in_read_ = false;
      process(buffer.first(got.size));
      judge_read(got.size, large);
      tell_alive();
    }
    if (closed_ || must_pause()) break;
    if (got.error) {
      ended_by_peer(got.error);
      break;
    }
    if (write_error_) {
      if (got.size > 0) continue;  // not all is read yet
      break;
    }
    const auto error = co_await connection_->wait_readable();
    if (error && !write_error_) {
      if (!closed_) ended_by_peer(error);
      break;
    }
  }
  reading_ = false;
  if (write_error_ && !closed_) close(close_reason::io_error, verdict(write_error_));
  if (!closed_ && must_pause()) {
    watch_while_paused();
    watch_for_stalled_streams();
  }
  --coroutines_;
  release_if_done();
}

void session::tell_alive() {
  if (closed_ || !is_client()) return;
  if (core_.streams().empty()) return events_.on_alive(*this);
  if (life_watchers_ == 0) return;
  std::vector<std::uint32_t> ids;  // whoever is told may open and close streams
  for (const auto& entry : core_.streams()) ids.push_back(entry.id);
  for (const auto id : ids)
    if (auto* one = core_.streams().find(id)) one->session_alive();
}

// Who does not read does not see a reset: the session and its streams would stay as long as a
// target stalls.
void session::watch_while_paused() {
  if (std::exchange(watching_, true)) return;
  ++coroutines_;
  asio::co_spawn(connection_->get_executor(), watch_loop(), asio::detached);
}

task<> session::watch_loop() {
  const auto error = co_await connection_->wait_broken();
  watching_ = false;
  if (error && !closed_ && error != asio::error::operation_aborted)
    close(close_reason::io_error, error);
  --coroutines_;
  release_if_done();
}

// There is no window per stream: one that nobody reads would hold up the others for ever.
void session::watch_for_stalled_streams() {
  if (stall_timer_ || core_.streams().size() < 2) return;
  for (const auto& entry : core_.streams())
    if (entry.owner) entry.owner->held_before_ = entry.owner->held();
  stall_timer_ = std::make_unique<timer>(connection_->get_executor(), stall_patience_);
  ++coroutines_;
  stall_timer_->async_wait([this](error_code ec) {
    stall_timer_.reset();
    if (!ec && !closed_ && must_pause()) end_stalled_streams();
    --coroutines_;
    release_if_done();
  });
}

void session::end_stalled_streams() {
  std::vector<std::uint32_t> stalled;
  for (const auto& entry : core_.streams()) {
    if (!entry.owner || entry.owner->held() < limits::stream_backlog) continue;
    if (entry.owner->held() >= entry.owner->held_before_) stalled.push_back(entry.id);
  }
  for (const auto id : stalled) {
    log::debug("stream {} of {}: not read for a while, ended for the sake of the others", id,
               connection_->peer());
    if (auto* one = core_.streams().find(id)) one->reset(errc::stream_reset);
  }
  if (!closed_ && must_pause()) watch_for_stalled_streams();
}

void session::process(bytes_view input) {
  processing_ = true;
  const bool heard_before = core_.heard();
  actions todo;
  // What came for one stream in several frames goes on in one piece.
  deliveries held;
  while (!closed_ && core_.next(input, todo)) {
    for (auto& what : todo) {
      const auto* data = std::get_if<act::deliver>(&what);
      if (!data || !held.takes(*data)) hand_on(held);
      if (data)
        held.add(*data);
      else
        carry_out(what);
    }
  }
  hand_on(held);
  processing_ = false;
  if (!closed_ && is_client() && core_.heard() && !heard_before) events_.on_heard(*this);
  if (!closed_) flush();
}

void session::hand_on(deliveries& held) {
  const auto parts = held.take();
  if (parts.empty() || closed_) return;
  if (auto* to = core_.streams().find(held.stream())) to->deliver(parts);
}

void session::carry_out(action& what) {
  struct visitor {
    session& me;
    void operator()(act::deliver&) const {}  // gathered before
    void operator()(act::open& a) const {
      auto made = std::make_unique<stream>(me, a.stream);
      me.core_.streams().set_owner(a.stream, made.get());
      me.opened_in_read_ = true;
      me.events_.on_stream(me, std::move(made));
    }
    void operator()(act::established& a) const {
      auto* to = me.core_.streams().find(a.stream);
      if (!to) return;
      if (const auto took = to->remote_established(); took > duration{0})
        me.events_.on_round_trip(me, took, true);
    }
    void operator()(act::refused& a) const {
      if (auto* to = me.core_.streams().find(a.stream)) to->remote_refused(a.reason);
    }
    void operator()(act::finished& a) const {
      if (auto* to = me.core_.streams().find(a.stream)) to->remote_finished();
    }
    void operator()(act::send& a) const { me.send_answer(a.command, a.stream, a.data); }
    void operator()(act::scheme& a) const { me.events_.on_scheme(me, a.raw); }
    void operator()(act::peer_version& a) const {
      for (const auto& entry : me.core_.streams())
        if (entry.owner) entry.owner->wake();  // it may wait to know whether a SYNACK will come
      me.events_.on_peer_version(me, a.version);
    }
    void operator()(act::heart_answered& a) const {
      if (a.id == 0 && me.question_at_ != time_point{})
        me.events_.on_round_trip(me, clock::now() - std::exchange(me.question_at_, time_point{}),
                                 false);
      if (me.draining_ == 0 || a.id != me.draining_) return;
      me.draining_ = 0;
      me.events_.on_drained(me);
    }
    void operator()(act::fail& a) const {
      if (!a.text.empty())
        log::warn("{}: {}: {}", me.connection_->peer(), error_code(a.reason).message(), a.text);
      // What the peer said counts, whether or not the answer still reaches it.
      (void)me.connection_->flush();
      me.close(a.reason == errc::alert ? close_reason::alert : close_reason::io_error, a.reason);
    }
  };
  if (!closed_) std::visit(visitor{*this}, what);
}

// A server that has never said anything and ends the connection did not take the password.
error_code session::verdict(error_code why) const noexcept {
  const bool gone = why == asio::error::eof || why == errc::tls_closed_without_notify ||
                    why == asio::error::connection_reset || why == asio::error::broken_pipe;
  return gone && is_client() && !core_.heard() ? error_code(errc::wrong_password) : why;
}

void session::ended_by_peer(error_code why) {
  const bool ended = why == asio::error::eof || why == errc::tls_closed_without_notify;
  const auto meaning = verdict(why);
  if (meaning != why) return close(close_reason::peer_closed, meaning);
  close(ended ? close_reason::peer_closed : close_reason::io_error,
        ended ? error_code(errc::session_closed) : why);
}

// ---------------------------------------------------------------- writing

void session::commit(stream& from, std::size_t size) {
  if (closed_) return;
  writer_.commit(from.id(), size);
  flush();
  large_writes_ = size >= full && !closed_ && backlog() == 0;
}

void session::write(stream& from, bytes_view data) {
  if (closed_) return;
  writer_.data(from.id(), data);
  flush();
}

void session::send_answer(command which, std::uint32_t id, const std::string& data) {
  if (closed_) return;
  bytes frame;
  protocol::append_frame(frame, which, id, as_bytes(data));
  writer_.frames(frame);
}

void session::finish(stream& from) {
  if (!closed_) {
    bytes frames;
    protocol::append_frame(frames, command::fin, from.id());
    // The server's data may still be on its way (FIN is not answered). Its answer to this comes
    // behind all of it.
    if (is_client() && core_.peer_version() >= 2) {
      draining_ = from.id();
      protocol::append_frame(frames, command::heart_request, from.id());
    }
    writer_.frames(frames);
    if (!processing_) flush();
  }
  forget(from);
}

void session::forget(stream& which) {
  core_.forget(which.id());
  if (closed_) return;
  if (core_.streams().empty() && is_client()) events_.on_idle(*this);
  resume_reading();
}

void session::flush() {
  if (closed_) return;
  if (const auto error = connection_->flush()) return write_failed(error);
  if (connection_->backlog() == 0 || flushing_) return;
  flushing_ = true;
  ++coroutines_;
  asio::co_spawn(connection_->get_executor(), drain_loop(), asio::detached);
}

// What the peer sent before it closed may say why: the reader takes what is left and then ends the
// session, unless it is not reading.
void session::write_failed(error_code error) {
  if (closed_) return;
  if (!reading_ || processing_) return close(close_reason::io_error, verdict(error));
  if (!write_error_) write_error_ = error;
  connection_->cancel();
}

task<> session::drain_loop() {
  const auto error = co_await connection_->drain();
  flushing_ = false;
  --coroutines_;
  if (error) {
    write_failed(error);
  } else if (!closed_) {
    // By number: resume() may end streams.
    std::vector<std::uint32_t> ids;
    for (const auto& entry : core_.streams()) ids.push_back(entry.id);
    for (const auto id : ids) {
      auto* one = core_.streams().find(id);
      if (one && one->peer_) one->peer_->resume();
      if (closed_) break;
    }
    if (!closed_) resume_reading();
  }
  release_if_done();
}

// ---------------------------------------------------------------- the end

void session::close(close_reason reason, error_code error) {
  if (closed_) return;
  closed_ = true;
  close_reason_ = reason;
  close_error_ = error;
  if (stall_timer_) stall_timer_->cancel();
  // A live stream that is cut must not look whole to the other side either: no close_notify then.
  const bool cut = !core_.streams().empty();
  while (!core_.streams().empty()) {
    const auto entry = *core_.streams().begin();
    core_.forget(entry.id);
    if (entry.owner) entry.owner->session_gone(error ? error : error_code(errc::session_closed));
  }
  if (cut)
    connection_->abort();
  else
    connection_->close();
  release_if_done();
}

void session::release_if_done() {
  if (!closed_ || coroutines_ != 0) return;
  ++coroutines_;  // once only
  asio::post(connection_->get_executor(),
             [this] { events_.on_closed(*this, close_reason_, close_error_); });
}

}  // namespace anytls::session
