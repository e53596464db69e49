#include "tls/stream.h"

#include "base/digest.h"
#include "base/io_buffers.h"
#include "tls/bio.h"
#include "tls/ech_keys.h"
#include "tls/library.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <fmt/format.h>

#include <sys/socket.h>
#include <algorithm>
#include <limits>

namespace anytls::tls {
namespace {

constexpr std::size_t max_record = SSL3_RT_MAX_PLAIN_LENGTH;

int bounded(std::size_t size) noexcept {
  return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

}  // namespace

void stream::ssl_deleter::operator()(ssl_st* ssl) const noexcept { free_connection(ssl); }

stream::stream(tcp_socket socket, ssl_ptr ssl) : socket_(std::move(socket)), ssl_(std::move(ssl)) {
  error_code ignored;
  peer_ = socket_.remote_endpoint(ignored);
  socket_.native_non_blocking(true, ignored);
}

stream::~stream() = default;

transport::read_outcome stream::read_some(mutable_bytes out) { return read(out, false); }
transport::read_outcome stream::read_record(mutable_bytes out) { return read(out, true); }

transport::read_outcome stream::read(mutable_bytes out, bool one_record) {
  if (!ssl_) return {0, asio::error::operation_aborted};
  if (read_error_) return {0, read_error_};
  const auto queued = outgoing_.size();
  std::size_t size = 0;
  ERR_clear_error();
  incoming_.begin(socket_.native_handle(), std::max(out.size(), io_buffers::size));
  while (size < out.size()) {
    const int n = SSL_read(ssl_.get(), out.data() + size, bounded(out.size() - size));
    if (n <= 0) {
      read_error_ = read_failure(SSL_get_error(ssl_.get(), n));
      break;
    }
    size += static_cast<std::size_t>(n);
    if (one_record) break;  // one SSL_read never crosses into the next record
  }
  incoming_.end();
  // Reading may have to answer: a key update, an alert. Nobody else would flush those.
  if (outgoing_.size() > queued) flush();
  if (size > 0) return {size, {}};  // an error waits for the next call
  return {0, read_error_};
}

error_code stream::read_failure(int ssl_error) const {
  switch (ssl_error) {
    case SSL_ERROR_WANT_READ:
      return {};
    case SSL_ERROR_ZERO_RETURN:
      return asio::error::eof;
    case SSL_ERROR_SYSCALL:
      if (incoming_.error()) return incoming_.error();
      if (floods(*ssl_)) return errc::protocol_error;
      return errc::tls_closed_without_notify;
    default:
      // In TLS 1.3 a client is done before the server has seen its certificate.
      if (const auto about_us = about_our_certificate(ERR_GET_REASON(ERR_peek_error())))
        return about_us;
      return errc::protocol_error;
  }
}

task<error_code> stream::wait_readable() {
  if (!ssl_) co_return asio::error::operation_aborted;
  // After a wait this object may be gone: nothing of it is touched.
  if (read_error_ || incoming_.left() > 0 || SSL_pending(ssl_.get()) > 0) {
    co_await asio::post(socket_.get_executor(), use_task);
    co_return error_code{};
  }
  const auto [error] = co_await socket_.async_wait(tcp_socket::wait_read, use_result);
  co_return error;
}

task<error_code> stream::wait_broken() {
  if (!ssl_) co_return asio::error::operation_aborted;
  const int fd = socket_.native_handle();
  const auto [error] = co_await socket_.async_wait(tcp_socket::wait_error, use_result);
  if (error) co_return error;  // this object may be gone
  int broken = 0;
  socklen_t size = sizeof broken;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &broken, &size);
  co_return error_code(broken, boost::system::system_category());
}

void stream::write_record(bytes_view plaintext) {
  while (!plaintext.empty() && ssl_ && !write_error_) {
    const auto part = plaintext.first(std::min(plaintext.size(), max_record));
    ERR_clear_error();
    // Never partial: bio::write takes everything.
    if (SSL_write(ssl_.get(), part.data(), static_cast<int>(part.size())) <= 0)
      write_error_ = errc::protocol_error;
    plaintext = plaintext.subspan(part.size());
  }
}

error_code stream::flush() {
  if (!ssl_) return asio::error::operation_aborted;
  if (write_error_) {
    outgoing_.clear();
    return write_error_;
  }
  if (outgoing_.size() == 0) return {};
  write_error_ = outgoing_.flush(socket_.native_handle());
  if (write_error_) outgoing_.clear();
  return write_error_;
}

task<error_code> stream::drain() {
  for (;;) {
    if (const auto error = flush()) co_return error;
    if (backlog() == 0) co_return error_code{};
    const auto [error] = co_await socket_.async_wait(tcp_socket::wait_write, use_result);
    if (error) co_return error;  // this object may be gone
  }
}

void stream::cancel() noexcept {
  error_code ignored;
  socket_.cancel(ignored);
}

void stream::close() noexcept {
  if (!ssl_) return;
  finish();
  shut_down();
}

void stream::finish(bool notify) noexcept {
  if (!ssl_) return;
  ERR_clear_error();
  if (notify && !write_error_) SSL_shutdown(ssl_.get());
  ERR_clear_error();
  flush();
  error_code ignored;
  socket_.shutdown(tcp_socket::shutdown_send, ignored);
}

task<std::size_t> stream::drop_rest(std::size_t most) {
  std::size_t dropped = 0;
  while (ssl_ && dropped < most) {
    // Also where something is there already: who sends without end must not keep the thread.
    const auto [error] = co_await socket_.async_wait(tcp_socket::wait_read, use_result);
    if (error || !ssl_) break;  // after an error this object may be gone
    const auto nowhere = io_buffers::ciphertext_in();
    const auto n = ::recv(socket_.native_handle(), nowhere.data(), nowhere.size(), MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) break;
    if (n > 0) dropped += static_cast<std::size_t>(n);
  }
  co_return dropped;
}

void stream::shut_down() noexcept {
  error_code ignored;
  socket_.shutdown(tcp_socket::shutdown_send, ignored);
  // Closing with unread bytes makes the kernel send a reset, which may overtake what the peer has
  // not read yet. What has arrived is read and dropped, within reason.
  const auto nowhere = io_buffers::ciphertext_in();
  for (int i = 0; i < 8; ++i) {
    if (::recv(socket_.native_handle(), nowhere.data(), nowhere.size(), MSG_DONTWAIT) <= 0) break;
  }
  socket_.close(ignored);
  outgoing_.clear();
  incoming_ = {};
  ssl_.reset();
}

void stream::abort() noexcept {
  if (!ssl_) return;
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
  outgoing_.clear();
  incoming_ = {};
  ssl_.reset();
}

std::string stream::peer() const {
  auto peer = peer_;
  error_code ignored;
  // With TCP Fast Open there was none yet.
  if (peer.address().is_unspecified()) peer = socket_.remote_endpoint(ignored);
  const auto address = peer.address();
  if (address.is_v6()) return fmt::format("[{}]:{}", address.to_string(), peer.port());
  return fmt::format("{}:{}", address.to_string(), peer.port());
}

std::string stream::alpn() const {
  const std::uint8_t* name = nullptr;
  unsigned size = 0;
  if (ssl_) SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return std::string(as_text({name, size}));
}

std::string stream::version_name() const { return ssl_ ? SSL_get_version(ssl_.get()) : ""; }

bool stream::resumed() const noexcept { return ssl_ && SSL_session_reused(ssl_.get()); }

bool stream::ech_accepted() const noexcept { return ssl_ && tls::ech_accepted(*ssl_); }

std::string stream::peer_certificate_sha256() const {
  const auto* shown = ssl_ ? shown_by_peer(*ssl_) : nullptr;
  return shown && length(*shown) > 0 ? to_hex(leaf_digest(*shown)) : std::string();
}

}  // namespace anytls::tls
