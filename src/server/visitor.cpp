#include "server/visitor.h"

#include "base/io_buffers.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

namespace anytls::server {
namespace {

// As nginx: a client that takes nothing for so long is cut (send_timeout) ...
constexpr duration send_patience = 60s;
// ... and after its own end it reads on for so long (lingering_time), but no longer than this
// without a byte (lingering_timeout).
constexpr duration linger_time = 30s;
constexpr duration linger_silence = 5s;
// nginx knows no such limit. Nobody who is told something sends so much after it.
constexpr std::size_t linger_bytes = 16 * 1024 * 1024;
// A web server that closes sooner after the client's last word has not run out of patience.
constexpr duration at_once = 250ms;

}  // namespace

visitor::visitor(std::unique_ptr<tls::stream> stream, bool spoke)
    : stream_(std::move(stream)),
      self_(std::make_shared<visitor*>(this)),
      patience_(stream_->get_executor()),
      spoke_at_(spoke ? clock::now() : time_point{}),
      answered_(!spoke) {}

visitor::~visitor() { *self_ = nullptr; }

void visitor::attach(endpoint& peer, endpoint_observer& watcher) {
  peer_ = &peer;
  watcher_ = &watcher;
  start_reading();
}

void visitor::start_reading() {
  if (reading_ || read_ended_ || finished_ || closed_) return;
  reading_ = true;
  asio::co_spawn(get_executor(), read(self_), asio::detached);
}

task<> visitor::read(self me) {
  error_code error;
  while (!error && *me && (*me)->read_turn()) error = co_await (*me)->stream_->wait_readable();
  if (!*me) co_return;
  (*me)->reading_ = false;
  if (error && !(*me)->finished_) (*me)->end(error);
}

/// False: nothing more is read, or not before resume().
bool visitor::read_turn() {
  if (finished_ || closed_ || peer_->congested()) return false;
  const auto room = io_buffers::plaintext_in();
  const auto got = stream_->read_some(room);
  if (got.size != 0) {
    answered_ = false;
    spoke_at_ = clock::now();
    peer_->write(room.first(got.size));
    return true;
  }
  if (!got.error) return true;
  read_ended_ = true;
  if (got.error == asio::error::eof || got.error == errc::tls_closed_without_notify)
    peer_->finish();
  else
    end(got.error);
  return false;
}

std::span<const iovec> visitor::prepare() {
  const auto buffer = io_buffers::plaintext_out();
  room_ = {buffer.data(), buffer.size()};
  return {&room_, 1};
}

void visitor::commit(std::size_t size) { write(io_buffers::plaintext_out().first(size)); }

void visitor::write(bytes_view data) {
  if (closed_ || finishing_ || data.empty()) return;
  answered_ = true;
  stream_->write_record(data);
  if (const auto error = stream_->flush()) return end(error);
  if (backlog() == 0 || draining_) return;
  draining_ = true;
  watch_progress();
  asio::co_spawn(get_executor(), drain(self_), asio::detached);
}

task<> visitor::drain(self me) {
  if (!*me) co_return;
  const auto error = co_await (*me)->stream_->drain();
  if (!*me || (*me)->closed_) co_return;
  (*me)->draining_ = false;
  if (error) co_return (*me)->end(error);
  (*me)->written();
}

void visitor::written() {
  patience_.cancel();
  if (finishing_ && !finished_) {
    finished_ = true;
    stream_->finish(wants_notify());
    // Whoever reads now is woken to read no more.
    if (reading_) stream_->cancel();
  }
  if (closing_ || (finished_ && (read_ended_ || silent()))) return end({});
  if (finished_) {
    linger_until_ = clock::now() + linger_time;
    asio::co_spawn(get_executor(), linger(self_), asio::detached);
    return;
  }
  peer_->resume();
}

task<> visitor::linger(self me) {
  for (std::size_t dropped = 0; dropped < linger_bytes && *me && !(*me)->closed_;) {
    const auto left = (*me)->linger_until_ - clock::now();
    if (left <= duration{0}) break;
    (*me)->end_after(std::min(linger_silence, left));
    const auto size = co_await (*me)->stream_->drop_rest(1);
    if (size == 0) break;
    dropped += size;
  }
  if (*me) (*me)->end({});
}

bool visitor::wants_notify() const noexcept { return !read_ended_ && (answered_ || !silent()); }

bool visitor::silent() const noexcept { return clock::now() - spoke_at_ >= at_once; }

void visitor::watch_progress() {
  held_before_ = backlog();
  patience_.expires_after(send_patience);
  patience_.async_wait([me = self_](error_code ec) {
    if (ec || !*me || (*me)->closed_ || (*me)->backlog() == 0) return;
    if ((*me)->backlog() < (*me)->held_before_) return (*me)->watch_progress();
    (*me)->end(asio::error::timed_out);
  });
}

void visitor::end_after(duration patience) {
  patience_.expires_after(patience);
  patience_.async_wait([me = self_](error_code ec) {
    if (!ec && *me) (*me)->end({});
  });
}

void visitor::finish() {
  if (closed_ || finishing_) return;
  finishing_ = true;
  if (backlog() == 0) written();
}

void visitor::resume() { start_reading(); }

void visitor::close() {
  if (closed_ || closing_) return;
  closing_ = true;
  finishing_ = true;
  if (backlog() == 0) written();
}

void visitor::reset(error_code reason) {
  if (closed_) return;
  stream_->abort();
  end(reason);
}

void visitor::end(error_code reason) {
  if (closed_) return;
  closed_ = true;
  end_reason_ = reason;
  patience_.cancel();
  stream_->shut_down();
  asio::post(get_executor(), [me = self_] {
    if (*me) (*me)->watcher_->on_closed(**me, (*me)->end_reason_);
  });
}

task<error_code> visitor::wait_established() { co_return error_code{}; }

}  // namespace anytls::server
