#include "outbound/tls_endpoint.h"

#include "base/io_buffers.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace anytls::outbound {
namespace {

// After a clean close the other side may take this long, and send this much, until it ends too.
constexpr duration linger_time = 5s;
constexpr std::size_t linger_bytes = 256 * 1024;

// A sender that never pauses must not keep its thread from the others.
constexpr int turns_in_a_row = 4;

}  // namespace

tls_endpoint::tls_endpoint(std::unique_ptr<tls::stream> stream)
    : stream_(std::move(stream)),
      executor_(stream_->get_executor()),
      self_(std::make_shared<tls_endpoint*>(this)) {}

tls_endpoint::~tls_endpoint() { *self_ = nullptr; }

void tls_endpoint::attach(endpoint& peer, endpoint_observer& watcher) {
  peer_ = &peer;
  watcher_ = &watcher;
  if (closed_) return tell();  // a write before attach() may have found the connection dead
  start_reading();
}

// ---------------------------------------------------------------- from the other side

void tls_endpoint::start_reading() {
  if (reading_ || read_ended_ || closed_ || closing_) return;
  reading_ = true;
  asio::co_spawn(executor_, read(self_), asio::detached);
}

task<> tls_endpoint::read(handle self) {
  // Whoever calls resume() does not expect to be written to meanwhile.
  co_await asio::post((*self)->executor_, use_task);
  for (;;) {
    if (!*self || !(*self)->read_turn()) break;
    const auto error = co_await (*self)->stream_->wait_readable();
    if (!*self || (*self)->closed_) co_return;
    if (error) {
      (*self)->end(error);
      co_return;
    }
  }
  if (*self) (*self)->reading_ = false;
}

/// False: nothing more is to be read now.
bool tls_endpoint::read_turn() {
  for (int turn = 0; turn < turns_in_a_row; ++turn) {
    if (closed_ || closing_ || read_ended_ || peer_->congested()) return false;
    const auto room = io_buffers::plaintext_in();
    const auto got = stream_->read_some(room);
    if (got.size > 0) {
      peer_->write(room.first(got.size));
      continue;
    }
    if (!got.error) return true;
    if (got.error != asio::error::eof) {
      end(got.error);
      return false;
    }
    read_ended_ = true;
    if (write_ended_)
      end({});
    else
      peer_->finish();
    return false;
  }
  return true;
}

void tls_endpoint::resume() { start_reading(); }

// ---------------------------------------------------------------- to the other side

std::span<const iovec> tls_endpoint::prepare() {
  const auto buffer = io_buffers::plaintext_out();
  room_ = {buffer.data(), buffer.size()};
  return {&room_, 1};
}

void tls_endpoint::commit(std::size_t size) { write(io_buffers::plaintext_out().first(size)); }

void tls_endpoint::write_parts(std::span<const bytes_view> parts) {
  if (closed_ || finishing_) return;
  for (const auto& part : parts) stream_->write_record(part);
  if (const auto error = stream_->flush()) return end(error);
  if (stream_->backlog() == 0 || std::exchange(draining_, true)) return;
  asio::co_spawn(executor_, drain(self_), asio::detached);
}

task<> tls_endpoint::drain(handle self) {
  const auto error = co_await (*self)->stream_->drain();
  if (!*self || (*self)->closed_) co_return;
  (*self)->draining_ = false;
  if (error) co_return (*self)->end(error);
  (*self)->sent();
}

void tls_endpoint::sent() {
  if (finishing_ && !write_ended_) {
    write_ended_ = true;
    stream_->finish();
    if (read_ended_) return end({});
    if (closing_) asio::co_spawn(executor_, see_off(self_), asio::detached);
  }
  if (!closing_ && peer_) peer_->resume();
}

void tls_endpoint::finish() {
  if (closed_ || finishing_) return;
  finishing_ = true;
  if (!draining_) sent();
}

void tls_endpoint::close() {
  if (closed_ || closing_) return;
  closing_ = true;
  // Neither the backlog nor the other side's end may take for ever.
  close_timer_ = std::make_unique<timer>(executor_, linger_time);
  close_timer_->async_wait([self = self_](error_code error) {
    if (!error && *self)
      (*self)->end((*self)->write_ended_ ? error_code() : asio::error::timed_out);
  });
  if (write_ended_)
    asio::co_spawn(executor_, see_off(self_), asio::detached);
  else
    finish();
}

// Closing with unread bytes would make the kernel send a reset, which can destroy the last bytes on
// their way.
task<> tls_endpoint::see_off(handle self) {
  if (*self && !(*self)->read_ended_ && !(*self)->closed_)
    co_await (*self)->stream_->drop_rest(linger_bytes);
  if (*self) (*self)->end({});
}

void tls_endpoint::reset(error_code reason) {
  if (closed_) return;
  stream_->abort();
  end(reason);
}

void tls_endpoint::end(error_code reason) {
  if (std::exchange(closed_, true)) return;
  end_reason_ = reason;
  close_timer_.reset();
  reason ? stream_->abort() : stream_->shut_down();
  if (watcher_) tell();
}

void tls_endpoint::tell() {
  asio::post(executor_, [self = self_] {
    if (*self) (*self)->watcher_->on_closed(**self, (*self)->end_reason_);
  });
}

task<error_code> tls_endpoint::wait_established() { co_return error_code{}; }

}  // namespace anytls::outbound
