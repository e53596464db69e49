#include "inbound/client_io.h"

#include "base/io_buffers.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace anytls::inbound {
namespace {

constexpr auto linger_time = 2s;
constexpr std::size_t linger_bytes = 1024 * 1024;
constexpr std::size_t kept_capacity = 4096;

}  // namespace

client_io::client_io(tcp_socket socket)
    : socket_(std::move(socket)), self_(std::make_shared<client_io*>(this)) {
  deadline_.emplace(socket_->get_executor());
}

client_io::~client_io() {
  *self_ = nullptr;
  if (descriptor_ >= 0) ::close(descriptor_);
}

void client_io::consume(std::size_t size) noexcept {
  at_ += size;
  if (at_ < buffer_.size()) return;
  at_ = 0;
  if (buffer_.capacity() > kept_capacity)
    bytes().swap(buffer_);
  else
    buffer_.clear();
}

task<error_code> client_io::read_more() {
  for (;;) {
    if (timed_out_) co_return asio::error::timed_out;
    if (!open()) co_return asio::error::not_connected;
    const auto room = io_buffers::plaintext_in().first(
        std::min(io_buffers::size, max_unread - std::min(max_unread, unread().size())));
    const ssize_t n = ::recv(socket_->native_handle(), room.data(), room.size(), MSG_DONTWAIT);
    if (n > 0) {
      if (at_ != 0)
        buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at_));
      at_ = 0;
      append(buffer_, room.first(static_cast<std::size_t>(n)));
      co_return error_code{};
    }
    if (n == 0) co_return asio::error::eof;
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK)
      co_return error_code(errno, boost::system::system_category());
    const auto [ec] = co_await socket_->async_wait(tcp_socket::wait_read, use_result);
    if (timed_out_) co_return asio::error::timed_out;
    if (ec) co_return ec;
  }
}

task<error_code> client_io::send(bytes_view data) {
  while (!data.empty()) {
    if (!open()) co_return asio::error::not_connected;
    const ssize_t n =
        ::send(socket_->native_handle(), data.data(), data.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) {
      data = data.subspan(static_cast<std::size_t>(n));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK)
      co_return error_code(errno, boost::system::system_category());
    const auto [ec] = co_await socket_->async_wait(tcp_socket::wait_write, use_result);
    if (timed_out_) co_return asio::error::timed_out;
    if (ec) co_return ec;
  }
  co_return error_code{};
}

void client_io::cancel() noexcept {
  error_code ignored;
  if (open()) socket_->cancel(ignored);
}

void client_io::set_deadline(duration from_now) {
  timed_out_ = false;
  deadline_->expires_after(std::chrono::duration_cast<clock::duration>(from_now));
  deadline_->async_wait([self = self_](error_code ec) {
    if (!ec && *self) (*self)->expired();
  });
}

void client_io::clear_deadline() {
  timed_out_ = false;
  if (deadline_) deadline_->expires_at(time_point::max());
}

void client_io::expired() {
  // The handler of an earlier deadline may have been on its way when a new one was set.
  if (!deadline_ || clock::now() < deadline_->expiry()) return;
  timed_out_ = true;
  cancel();
}

task<void> client_io::close_gently() {
  if (!open()) co_return;
  error_code ignored;
  socket_->shutdown(tcp_socket::shutdown_send, ignored);
  set_deadline(linger_time);
  for (std::size_t dropped = 0; dropped < linger_bytes; dropped += unread().size()) {
    consume(unread().size());
    if (co_await read_more()) break;
  }
  clear_deadline();
  if (socket_) socket_->close(ignored);
}

void client_io::reset() noexcept {
  error_code ignored;
  if (open()) {
    socket_->set_option(asio::socket_base::linger(true, 0), ignored);
    socket_->close(ignored);
  }
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  if (deadline_) deadline_->expires_at(time_point::max());
}

tcp_socket client_io::take_socket() {
  clear_deadline();
  tcp_socket out = std::move(*socket_);
  socket_.reset();
  return out;
}

void client_io::leave() {
  clear_deadline();
  deadline_.reset();
  error_code ec;
  const auto local = socket_->local_endpoint(ec);
  if (!ec) protocol_ = local.protocol();
  descriptor_ = socket_->release(ec);
  if (ec) descriptor_ = -1;
  socket_.reset();
}

void client_io::drop() noexcept {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  socket_.reset();
  deadline_.reset();
}

void client_io::enter(asio::io_context& on) {
  if (socket_) return;
  deadline_.emplace(on.get_executor());
  if (descriptor_ < 0) return;
  socket_.emplace(on.get_executor());
  error_code ec;
  socket_->assign(protocol_, descriptor_, ec);
  if (!ec) descriptor_ = -1;  // otherwise ours to close
}

}  // namespace anytls::inbound
