#include "session/stream.h"

#include "base/limits.h"
#include "session/refusal.h"
#include "session/session.h"
#include "session/tcp_facts.h"

#include <boost/asio/post.hpp>

namespace anytls::session {
namespace {

constexpr auto version_patience = 2s;
constexpr duration condemn_check_interval = 1s;

// An application on another host that has had an answer and then ends has most often closed. Should
// it be waiting for more of it after all, it sees a reset, not an end.
constexpr duration patience_when_answered = 500ms;

}  // namespace

stream::stream(session& owner, std::uint32_t id)
    : session_(&owner),
      id_(id),
      executor_(owner.get_executor()),
      self_(std::make_shared<stream*>(this)) {}

stream::~stream() {
  *self_ = nullptr;
  // Given up before it was attached: the peer must hear of it.
  if (!closed_) end(errc::stream_reset, farewell::fin);
}

executor stream::get_executor() { return executor_; }

void stream::attach(endpoint& peer, endpoint_observer& watcher) {
  peer_ = &peer;
  watcher_ = &watcher;
  if (!early_.empty()) {
    peer_->write(early_);
    bytes().swap(early_);
  }
  if (closed_) {
    asio::post(executor_, [self = self_] {
      if (*self && (*self)->watcher_) (*self)->watcher_->on_closed(**self, (*self)->end_reason_);
    });
  } else {
    session_->resume_reading();
  }
}

std::span<const iovec> stream::prepare() {
  if (session_) return session_->slots();
  // Closed while its peer still reads: the bytes go nowhere, but the room must exist.
  thread_local std::uint8_t nowhere[4096];
  thread_local const iovec room{nowhere, sizeof nowhere};
  return {&room, 1};
}

void stream::commit(std::size_t size) {
  if (closed_ || finishing_) return;
  answered_ = false;
  session_->commit(*this, size);
}

void stream::write(bytes_view data) {
  if (closed_ || finishing_) return;
  answered_ = false;
  session_->write(*this, data);
}

std::size_t stream::backlog() const noexcept { return closed_ ? 0 : session_->backlog(); }

void stream::finish() {
  if (closed_ || finishing_) return;
  finishing_ = true;
  if (!session_->is_client()) return end({}, farewell::fin);
  if (session_->half_close_timeout() == duration{0}) return;
  patience_ = session_->half_close_timeout();
  if (perhaps_gone_) patience_ = std::min(patience_, patience_when_answered);
  last_received_ = clock::now();
  arm_half_close();
}

void stream::finish_perhaps_gone() {
  perhaps_gone_ = answered_;
  finish();
}

void stream::arm_half_close() {
  if (!half_close_timer_) half_close_timer_ = std::make_unique<timer>(executor_);
  half_close_timer_->expires_at(last_received_ + patience_);
  half_close_timer_->async_wait([self = self_](error_code ec) {
    if (ec || !*self || (*self)->closed_) return;
    auto& me = **self;
    if (me.blocks())
      me.last_received_ = clock::now();  // not the server is silent: our own peer takes nothing
    if (clock::now() - me.last_received_ >= me.patience_)
      me.end(me.perhaps_gone_ ? asio::error::connection_aborted : error_code(), farewell::fin);
    else
      me.arm_half_close();
  });
}

void stream::await_answer(time_point opened, duration patience, duration suspect_after,
                          duration condemn_after) {
  if (closed_) return;
  opened_at_ = opened;
  suspect_after_ = suspect_after;
  condemn_after_ = condemn_after;
  if (patience > duration{0} && patience < time_point::max() - opened)
    answer_due_ = opened + patience;
  arm_answer_timer(std::min(answer_due_, opened + std::min(suspect_after, condemn_after)));
}

void stream::arm_answer_timer(time_point when) {
  if (!answer_timer_) answer_timer_ = std::make_unique<timer>(executor_);
  answer_timer_->expires_at(when);
  answer_timer_->async_wait([self = self_](error_code ec) {
    if (!ec && *self && !(*self)->closed_) (*self)->check_answer();
  });
}

void stream::check_answer() {
  const auto now = clock::now();
  // Acknowledged but unanswered is a frozen server or a slow target: that may take its time.
  const bool no_byte = session_->last_received() < opened_at_;
  if (no_byte) {
    const tcp_facts tcp(session_->connection().native_handle());
    if (now - opened_at_ >= condemn_after_ && tcp.unacknowledged_for(condemn_after_))
      return session_->close(close_reason::stream_timeout, errc::stream_timeout);
    if (suspect_after_ > duration{0} && tcp.unacknowledged_for(suspect_after_))
      session_->events_.on_suspect(*session_);
    suspect_after_ = duration{0};
  }
  if (now >= answer_due_) {
    if (expects_answer()) return end(errc::stream_timeout, farewell::fin);
    if (!session_->heard())  // version 1 says nothing before the target does
      session_->events_.on_silence(*session_);
    answer_due_ = time_point::max();
  }
  if (no_byte)
    arm_answer_timer(
        std::min(answer_due_, std::max(opened_at_ + condemn_after_, now + condemn_check_interval)));
  else if (answer_due_ != time_point::max())
    arm_answer_timer(answer_due_);
}

// SYNACK comes from version 2 only.
bool stream::expects_answer() const noexcept {
  const int said = session_->peer_version();
  return said >= 2 || (said == 0 && version_2_known_);
}

void stream::watch(stream_watcher& watcher) {
  watcher_ = &watcher;
  if (!session_ || std::exchange(life_watcher_, &watcher)) return;
  ++session_->life_watchers_;
}

void stream::unwatch() noexcept {
  watcher_ = nullptr;
  if (std::exchange(life_watcher_, nullptr) && session_) --session_->life_watchers_;
}

void stream::session_alive() {
  if (!life_watcher_) return;
  --session_->life_watchers_;
  std::exchange(life_watcher_, nullptr)->on_alive(*this);
}

void stream::resume() {
  if (!closed_) session_->resume_reading();
}

void stream::close() {
  if (!closed_) end({}, farewell::fin);
}

void stream::reset(error_code reason) {
  if (closed_) return;
  // The only way to say it: version 2 clients take a SYNACK with text at any time as the end with
  // an error.
  if (!session_->is_client() && session_->peer_version() >= 2)
    session_->send_answer(protocol::command::synack, id_, "connection reset: " + reason.message());
  end(reason, farewell::fin);
}

void stream::accept() {
  if (closed_ || session_->peer_version() < 2) return;
  session_->send_answer(protocol::command::synack, id_, {});
  session_->flush();
}

void stream::refuse(const std::string& why) {
  if (closed_) return;
  if (session_->peer_version() >= 2)
    session_->send_answer(protocol::command::synack, id_,
                          why.empty() ? std::string("refused") : why);
  end(errc::target_refused, farewell::fin);
}

void stream::consume_early(std::size_t size) {
  early_.erase(early_.begin(), early_.begin() + static_cast<std::ptrdiff_t>(size));
}

task<error_code> stream::wait_early() {
  if (closed_) co_return end_reason_ ? end_reason_ : error_code(asio::error::eof);
  timer wakeup(executor_, time_point::max());
  auto self = self_;
  const auto before = early_.size();
  waiter_ = &wakeup;
  co_await wakeup.async_wait(use_result);
  if (!*self) co_return error_code(asio::error::operation_aborted);
  waiter_ = nullptr;
  // FIN may come together with the data before it: that still goes to the target.
  if (closed_ && (end_reason_ || early_.size() == before))
    co_return end_reason_ ? end_reason_ : error_code(asio::error::eof);
  co_return error_code{};
}

task<error_code> stream::wait_established() {
  timer wakeup(executor_);
  auto self = self_;
  while (!established_ && !received_ && !closed_) {
    const bool version_known = session_->peer_version() != 0 || version_2_known_;
    if (version_known && !expects_answer()) break;
    wakeup.expires_after(version_known ? duration(15s) : duration(version_patience));
    waiter_ = &wakeup;
    auto [ec] = co_await wakeup.async_wait(use_result);
    if (!*self) co_return error_code(asio::error::operation_aborted);
    waiter_ = nullptr;
    if (ec) continue;  // woken: look again
    if (session_ && expects_answer()) co_return errc::stream_timeout;
    break;
  }
  if (established_ || received_ || !closed_) co_return error_code{};
  co_return end_reason_ ? end_reason_ : error_code(errc::target_refused);
}

void stream::wake() {
  if (waiter_) waiter_->cancel();
}

void stream::deliver(std::span<const bytes_view> parts) {
  if (half_close_timer_) last_received_ = clock::now();
  received_ = true;
  answered_ = true;
  answer_timer_.reset();
  if (peer_)
    peer_->write_parts(parts);
  else
    for (const auto& part : parts) append(early_, part);
  wake();
}

duration stream::remote_established() {
  const bool first = !std::exchange(established_, true);
  answer_timer_.reset();
  wake();
  return first && opened_at_ != time_point{} ? clock::now() - opened_at_ : duration{0};
}

void stream::remote_refused(const std::string& why) {
  detail_ = why;
  // Before anything else: the target could not be reached. After that: it reset the connection.
  end(established_ || received_ ? errc::stream_reset : reason_of(why), farewell::none);
}

void stream::remote_finished() { end({}, farewell::none); }

void stream::session_gone(error_code reason) {
  session_ = nullptr;
  session_lost_ = true;
  life_watcher_ = nullptr;
  end(reason, farewell::none);
}

std::size_t stream::held() const noexcept { return peer_ ? peer_->backlog() : early_.size(); }

bool stream::blocks() const noexcept {
  return peer_ ? peer_->congested() : early_.size() >= limits::early_data;
}

void stream::end(error_code reason, farewell how) {
  if (closed_) return;
  closed_ = true;
  end_reason_ = reason;
  half_close_timer_.reset();
  answer_timer_.reset();
  if (session_) {
    if (std::exchange(life_watcher_, nullptr)) --session_->life_watchers_;
    auto* owner = std::exchange(session_, nullptr);
    if (how == farewell::fin)
      owner->finish(*this);
    else
      owner->forget(*this);
  }
  wake();
  if (!watcher_) return;
  asio::post(executor_, [self = self_] {
    if (*self && (*self)->watcher_) (*self)->watcher_->on_closed(**self, (*self)->end_reason_);
  });
}

}  // namespace anytls::session
