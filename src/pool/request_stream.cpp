#include "pool/request_stream.h"

#include "base/io_buffers.h"
#include "base/limits.h"
#include "base/log.h"
#include "protocol/client_hello.h"
#include "session/tcp_facts.h"

#include <boost/asio/post.hpp>

namespace anytls::pool {

request_stream::request_stream(session_pool& pool, session_pool::reservation reserved,
                               asio::io_context& here, protocol::address target)
    : handle_(pool.handle()),
      context_(here),
      executor_(here.get_executor()),
      target_(std::move(target)),
      reserved_(std::move(reserved)),
      self_(std::make_shared<request_stream*>(this)) {}

request_stream::~request_stream() {
  *self_ = nullptr;
  stop_seeking();
  if (current_) current_->unwatch();
}

task<error_code> request_stream::begin() {
  auto* home = pool();
  if (!home) co_return errc::shutting_down;
  core_.emplace(home->server().hedge);
  home->counters().requests.add();
  auto given = trust::none;
  if (reserved_) {
    const bool fresh = reserved_.fresh();
    if (const auto got = home->claim(std::move(reserved_)))
      if (open_on(got, !fresh)) given = fresh ? trust::fresh : trust::stale;
  }
  if (given == trust::none) {
    home->counters().cold.add();
    log::debug("[AnyTLS] {}: no sessions available, opening one", home->name());
  } else {
    home->counters().warm.add();
  }
  carry_out(core_->begin(clock::now(), given));
  // With one at hand the application may go on: its first bytes may be of a kind that need not
  // wait.
  while (!current_ && !closed_) {
    timer wakeup(executor_, time_point::max());
    waiter_ = &wakeup;
    const auto self = self_;
    co_await wakeup.async_wait(use_result);
    if (!*self) co_return error_code(asio::error::operation_aborted);
    waiter_ = nullptr;
  }
  co_return closed_ ? end_reason_ : error_code{};
}

// ---------------------------------------------------------------- what hedge_core wants

void request_stream::carry_out(const hedge_actions& actions) {
  struct visitor {
    request_stream& me;
    void operator()(const act::ask&) const {
      me.current_->watch(me);
      auto* session = me.current_->owner();
      if (me.pool() && session->may_ask(me.pool()->server().facts)) session->ask_for_life();
    }
    void operator()(const act::wait_until& a) const { me.arm(a.when); }
    void operator()(const act::seek&) const { me.seek(); }
    void operator()(const act::stop_seeking&) const { me.stop_seeking(); }
    void operator()(const act::use&) const { me.use(); }
    void operator()(const act::replace&) const {
      const bool hedged = me.current_ != nullptr;
      if (hedged) me.pool()->counters().hedges_won.add();
      me.give_up_current(hedged);
      (void)me.open_on(std::exchange(me.found_, {}), false);
    }
    void operator()(const act::fail& a) const { me.end(a.why); }
  };
  for (const auto& action : actions) {
    if (closed_) return;
    std::visit(visitor{*this}, action);
  }
}

bool request_stream::open_on(session_pool::claimed got, bool ask) {
  const auto known = pool()->server();
  session::session::open_options how;
  how.ask = ask && got.session->may_ask(known.facts);
  how.version_2_known = known.facts.version_2_seen;
  how.suspect_after = known.suspect_after;
  how.condemn_after = known.condemn_after;
  auto opened = got.session->open(target_, how);
  if (!opened) {  // it has just ended, or its ids are used up
    if (!got.session->closed()) got.session->close(session::close_reason::max_age);
    return false;
  }
  current_ = std::move(opened);
  current_seq_ = got.seq;
  attached_ = false;
  current_->watch(*this);
  return true;
}

void request_stream::seek() {
  auto* home = pool();
  if (!home) return end(errc::shutting_down);
  if (current_) {
    home->counters().hedges.add();
    log::debug("[AnyTLS] {}: session #{} is slow to show life, trying another beside it",
               home->name(), current_seq_);
  }
  if (reserved_ = home->reserve(&context_, true); reserved_) {
    // Posted: nobody expects to be answered while he asks.
    return asio::post(executor_, [self = self_] {
      if (!*self || (*self)->closed_ || !(*self)->reserved_ || !(*self)->pool()) return;
      if (const auto got = (*self)->pool()->claim(std::move((*self)->reserved_)))
        (*self)->found(got);
      else
        (*self)->connect();
    });
  }
  connect();
}

void request_stream::connect() {
  seeking_ = std::make_shared<session_pool::connect_request>(
      *pool(), context_, [self = self_](result<session_pool::claimed> outcome) {
        if (!*self) return;
        auto& me = **self;
        me.seeking_.reset();
        if (outcome)
          me.found(*outcome);
        else
          me.carry_out(me.core_->not_found(outcome.error()));
      });
  seeking_->start();
}

void request_stream::stop_seeking() {
  reserved_ = {};
  if (const auto seeking = std::exchange(seeking_, nullptr); seeking && pool()) seeking->give_up();
}

void request_stream::found(session_pool::claimed got) {
  found_ = got;
  carry_out(core_->found());
}

void request_stream::arm(time_point when) {
  if (!timer_) timer_ = std::make_unique<timer>(executor_);
  timer_->expires_at(when);
  timer_->async_wait([self = self_](error_code ec) {
    if (!ec && *self && !(*self)->closed_) (*self)->on_timer();
  });
}

void request_stream::on_timer() {
  if (!current_ || !current_->owner() || !pool()) return;
  const auto& session = *current_->owner();
  const bool answers = session.peer_version() >= 2;
  const session::tcp_facts tcp(current_->owner()->connection().native_handle());
  carry_out(core_->timer(answers, tcp.acknowledged()));
}

// ---------------------------------------------------------------- the session at hand

void request_stream::use() {
  timer_.reset();
  if (!current_) return carry_out(core_->lost(errc::session_closed));  // it had just ended
  if (peer_ && !std::exchange(attached_, true)) current_->attach(*peer_, *this);
  if (!held_.empty()) send_held();
  if (closed_) return;
  if (finishing_) pass_finish();
  if (closing_) current_->close();
  if (peer_ && !congested()) peer_->resume();
  wake();
}

void request_stream::give_up_current(bool doubtful) {
  if (!current_) return;
  current_->unwatch();
  const auto seq = current_seq_;
  const bool lives = !current_->closed();
  current_->close();  // FIN: the session returns to the pool
  forget_current();
  if (doubtful && lives && pool()) pool()->doubt(context_, seq);
}

// What was sent on it as a copy has to be sent again elsewhere.
void request_stream::forget_current() {
  current_.reset();
  attached_ = false;
  copied_ = 0;
}

void request_stream::send_held() {
  core_->sent();
  const auto from = std::exchange(copied_, 0);
  auto bytes_held = std::exchange(held_, {});
  if (from < bytes_held.size()) current_->write(bytes_view(bytes_held).subspan(from));
}

// The one thing that may leave twice: it pays the round trip that peers do not pay.
void request_stream::copy_hello() {
  if (copied_ != 0 || !current_ || current_->closed() || finishing_) return;
  if (!protocol::is_repeatable_client_hello(held_)) return;
  copied_ = held_.size();
  current_->write(held_);
}

void request_stream::on_alive(session::stream&) {
  if (!closed_) carry_out(core_->alive());
}

void request_stream::on_closed(endpoint& which, error_code reason) {
  if (closed_ || &which != current_.get()) return;
  // What the target has said, or what was sent to it, cannot be said again elsewhere.
  if (current_->session_lost() && !current_->received() && !core_->sent_any()) {
    current_->unwatch();
    forget_current();
    if (pool()) pool()->counters().moves.add();
    return carry_out(core_->lost(reason));
  }
  // A refusal or an end is an answer, too, even where it comes in one piece with the first sign of
  // life; and a stream that ended for another reason has nothing to wait for either.
  carry_out(core_->alive());
  if (closed_) return;
  wake();
  if (!peer_) return;  // attach() will hear of it
  if (!std::exchange(attached_, true))
    return current_->attach(*peer_, *this);  // what it has received comes first; then this again
  if (!current_->session_lost()) return end(reason);
  if (reason == errc::not_anytls || reason == errc::alert) return end(reason);
  if (is_about_client_certificate(reason)) return end(reason);
  const bool proven = pool() && pool()->server().hedge.proven;
  if (reason == errc::wrong_password && !proven) return end(reason);
  // How the session ended is in the log of the pool.
  lost_after_sending_ = true;
  const bool timed_out = reason == errc::stream_timeout || reason == errc::heartbeat_timeout;
  end(timed_out ? reason : error_code(errc::session_closed));
}

// ---------------------------------------------------------------- endpoint

void request_stream::attach(endpoint& peer, endpoint_observer& watcher) {
  peer_ = &peer;
  watcher_ = &watcher;
  if (closed_) return tell_end();
  if (!current_ || !(core_->trusted() || current_->closed())) return;
  if (!std::exchange(attached_, true)) current_->attach(*peer_, *this);
}

std::span<const iovec> request_stream::prepare() {
  // No copy where the session at hand will probably get it.
  lent_ = current_ && (core_->sent_any() || (core_->trusted() && held_.empty()));
  if (lent_) return slots_ = current_->prepare();
  thread_local iovec room;
  const auto buffer = io_buffers::plaintext_out().first(limits::record);
  room = {buffer.data(), buffer.size()};
  return {&room, 1};
}

void request_stream::commit(std::size_t size) {
  if (!lent_) return write(io_buffers::plaintext_out().first(size));
  if (passes() || may_send()) {
    core_->sent();
    return current_->commit(size);
  }
  if (closed_) return;
  for (const auto& slot : slots_) {
    const auto part = std::min(size, slot.iov_len);
    append(held_, bytes_view(static_cast<const std::uint8_t*>(slot.iov_base), part));
    size -= part;
  }
  copy_hello();
}

void request_stream::write(bytes_view data) {
  if (closed_ || data.empty()) return;
  if (passes()) return current_->write(data);
  append(held_, data);
  if (may_send())
    send_held();
  else if (!closed_)
    copy_hello();
}

// The application's first bytes are there: is the session at hand still to be trusted with them?
bool request_stream::may_send() {
  if (!current_ || current_->closed() || current_->owner()->broken()) return false;
  auto* home = pool();
  const bool fresh =
      current_->received() || !home || home->fresh(current_->owner()->last_received());
  carry_out(core_->payload(clock::now(), fresh));
  return !closed_ && core_->trusted();
}

std::size_t request_stream::backlog() const noexcept {
  if (closed_) return 0;
  return passes() ? current_->backlog() : held_.size();
}

bool request_stream::congested() const noexcept {
  if (closed_) return false;
  return passes() ? current_->congested() : held_.size() >= limits::early_data;
}

void request_stream::finish() {
  if (closed_) return;
  finishing_ = true;
  if (current_ && core_->trusted()) pass_finish();
}

void request_stream::finish_perhaps_gone() {
  perhaps_gone_ = true;
  finish();
}

void request_stream::pass_finish() {
  perhaps_gone_ ? current_->finish_perhaps_gone() : current_->finish();
}

void request_stream::resume() {
  if (current_) current_->resume();
}

void request_stream::close() {
  if (closed_) return;
  if (!held_.empty() && !core_->trusted()) {
    closing_ = true;  // what was pushed is delivered first
    return;
  }
  if (current_ && attached_) return current_->close();  // on_closed() follows
  give_up_current(false);
  end({});
}

void request_stream::reset(error_code reason) {
  if (closed_) return;
  if (current_ && attached_) return current_->reset(reason);
  give_up_current(false);
  end(reason);
}

task<error_code> request_stream::wait_established() {
  const auto self = self_;
  for (;;) {
    if (closed_) co_return end_reason_;
    if (current_ && core_->trusted()) {
      auto* waited_for = current_.get();
      const auto error = co_await waited_for->wait_established();
      if (!*self) co_return error_code(asio::error::operation_aborted);
      // It may have moved on meanwhile.
      if (current_.get() == waited_for && !(error && current_->session_lost() && !closed_))
        co_return error;
      if (current_.get() == waited_for) {
        on_closed(*waited_for, error);
        continue;
      }
      continue;
    }
    timer wakeup(executor_, time_point::max());
    waiter_ = &wakeup;
    co_await wakeup.async_wait(use_result);
    if (!*self) co_return error_code(asio::error::operation_aborted);
    waiter_ = nullptr;
  }
}

std::string request_stream::detail() const {
  if (lost_after_sending_) return "after data had been sent, which is not sent again";
  return current_ ? current_->detail() : std::string();
}

void request_stream::end(error_code reason) {
  if (closed_) return;
  closed_ = true;
  end_reason_ = reason;
  stop_seeking();
  timer_.reset();
  bytes().swap(held_);
  if (watcher_) tell_end();
  wake();
}

void request_stream::tell_end() {
  asio::post(executor_, [self = self_] {
    if (*self) (*self)->watcher_->on_closed(**self, (*self)->end_reason_);
  });
}

void request_stream::wake() {
  if (waiter_) waiter_->cancel();
}

}  // namespace anytls::pool
