#include "net/tcp_endpoint.h"

#include "base/io_buffers.h"
#include "net/peer_socket.h"

#include <boost/asio/post.hpp>

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <algorithm>
#include <array>

namespace anytls::net {
namespace {

// A sender that never pauses must not keep its thread from the others.
constexpr std::size_t bytes_in_a_row = 4 * io_buffers::size;

// After a clean close what still arrives is read and dropped for this long: closing with unread
// data would make the kernel send a reset, and that can destroy the last bytes on their way to the
// application. Within reason: a target that goes on sending at full speed is cut after this many
// bytes.
constexpr duration linger_time = 5s;
constexpr std::size_t linger_bytes = 256 * 1024;

// After a clean close the backlog may take this long without any progress.
constexpr duration backlog_patience = 30s;

// close() sends the FIN before it lets go of the socket: whoever is quick to look sees it held.
constexpr duration second_look = 5ms;

// With TCP Fast Open nothing leaves before the first data. A program that is going to say something
// has done so by then; one that is not may wait for the target to speak.
constexpr duration first_data_time = 50ms;

bool must_wait(int error) noexcept {
  // EINPROGRESS: the connection begins with this write, which did not fit into its SYN.
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR || error == EINPROGRESS;
}

error_code last_error() noexcept { return {errno, boost::system::system_category()}; }

}  // namespace

tcp_endpoint::tcp_endpoint(tcp_socket socket, whose kind)
    : socket_(std::move(socket)), self_(std::make_shared<tcp_endpoint*>(this)), kind_(kind) {}

tcp_endpoint::~tcp_endpoint() { *self_ = nullptr; }

void tcp_endpoint::attach(endpoint& peer, endpoint_observer& watcher) {
  peer_ = &peer;
  watcher_ = &watcher;
  if (closed_) return tell();  // a write before attach() may have found the connection dead
  arm_read();
}

void tcp_endpoint::arm_read() {
  if (waiting_read_ || read_ended_ || closed_) return;
  waiting_read_ = true;
  socket_.async_wait(tcp_socket::wait_read, [self = self_](error_code ec) {
    if (!*self) return;
    (*self)->waiting_read_ = false;
    if (!ec) (*self)->read_turn();
  });
}

void tcp_endpoint::read_turn() {
  for (std::size_t taken = 0; taken < bytes_in_a_row && !closed_ && !read_ended_;) {
    // A congested peer calls resume(). After close() nobody reads what arrives: it is dropped.
    if (!closing_ && peer_->congested()) return arm_hangup();
    std::span<const iovec> room = closing_ ? prepare() : peer_->prepare();
    std::size_t offered = 0;
    for (const auto& part : room) offered += part.iov_len;
    const ssize_t n = ::readv(socket_.native_handle(), room.data(), static_cast<int>(room.size()));
    if (n > 0) {
      taken += static_cast<std::size_t>(n);
      if (!closing_)
        peer_->commit(static_cast<std::size_t>(n));
      else if ((discarded_ += static_cast<std::size_t>(n)) > linger_bytes && backlog() == 0)
        return end({});
      if (static_cast<std::size_t>(n) < offered)
        break;  // that was all: wait, a second call would only say so
      continue;
    }
    if (n == 0) {
      return read_end();
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) break;
    return end(last_error());
  }
  if (!closing_ && peer_->congested()) return arm_hangup();
  arm_read();
}

// A FIN may be the end of a request whose answer is still wanted, or of everything.
void tcp_endpoint::read_end() {
  read_ended_ = true;
  if (closing_ || write_ended_) return end({});
  if (kind_ == whose::application) {
    const auto other = state_of_peer(socket_);
    if (other == peer_socket::closed) return end({});
    if (other == peer_socket::unknown) return peer_->finish_perhaps_gone();
    look_again();
  }
  peer_->finish();
}

void tcp_endpoint::look_again() {
  close_timer_ = std::make_unique<timer>(socket_.get_executor(), second_look);
  close_timer_->async_wait([self = self_](error_code ec) {
    if (ec || !*self || (*self)->closed_ || (*self)->closing_) return;
    if (state_of_peer((*self)->socket_) == peer_socket::closed) (*self)->end({});
  });
}

// Who does not read does not see the other side die either: a reset would go unnoticed until the
// peer takes bytes again.
void tcp_endpoint::arm_hangup() {
  if (waiting_error_ || closed_) return;
  waiting_error_ = true;
  socket_.async_wait(tcp_socket::wait_error, [self = self_](error_code ec) {
    if (!*self) return;
    auto& me = **self;
    me.waiting_error_ = false;
    if (ec || me.closed_) return;
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(me.socket_.native_handle(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) me.end({error, boost::system::system_category()});
  });
}

std::span<const iovec> tcp_endpoint::prepare() {
  auto buffer = io_buffers::plaintext_out();
  room_ = {buffer.data(), buffer.size()};
  return {&room_, 1};
}

void tcp_endpoint::commit(std::size_t size) { write(io_buffers::plaintext_out().first(size)); }

void tcp_endpoint::write_parts(std::span<const bytes_view> parts) {
  if (closed_ || write_ended_) return;
  std::size_t sent = 0, size = 0;
  for (const auto& part : parts) size += part.size();
  if (size == 0) return;
  if (backlog() == 0) {
    std::array<iovec, io_buffers::most_pieces> vectors;
    msghdr message{};
    message.msg_iov = vectors.data();
    for (const auto& part : parts.first(std::min(parts.size(), vectors.size())))
      vectors[message.msg_iovlen++] = {const_cast<std::uint8_t*>(part.data()), part.size()};
    const ssize_t n = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && !must_wait(errno)) return end(last_error());
    if (n > 0) sent = static_cast<std::size_t>(n);
    if (sent == size) {
      if (unconnected_) arm_write();
      return;
    }
  }
  // A reader that is slow but steady never lets the backlog run empty: what is sent must go before
  // that.
  if (unsent_at_ > unsent_.size() / 2) {
    unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(unsent_at_));
    unsent_at_ = 0;
  }
  for (const auto& part : parts) {
    const auto skipped = std::min(sent, part.size());
    sent -= skipped;
    append(unsent_, part.subspan(skipped));
  }
  arm_write();
}

void tcp_endpoint::arm_write() {
  if (waiting_write_ || closed_) return;
  waiting_write_ = true;
  socket_.async_wait(tcp_socket::wait_write, [self = self_](error_code ec) {
    if (!*self) return;
    (*self)->waiting_write_ = false;
    if (!ec) (*self)->write_turn();
  });
}

void tcp_endpoint::write_turn() {
  if (closed_) return;
  const ssize_t n = ::send(socket_.native_handle(), unsent_.data() + unsent_at_, backlog(),
                           MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n < 0 && !must_wait(errno)) return end(last_error());
  connected();
  if (n > 0) unsent_at_ += static_cast<std::size_t>(n);
  if (backlog() != 0) return arm_write();
  bytes().swap(unsent_);
  unsent_at_ = 0;
  written();
}

void tcp_endpoint::written() {
  if (finishing_ && !write_ended_) {
    write_ended_ = true;
    ::shutdown(socket_.native_handle(), SHUT_WR);
    if (read_ended_) return end({});
    if (closing_) linger();
  }
  if (!closing_ && peer_) peer_->resume();
}

void tcp_endpoint::finish() {
  if (closed_ || finishing_) return;
  finishing_ = true;
  if (unconnected_) return connect_now();
  if (backlog() == 0) written();
}

void tcp_endpoint::resume() {
  if (!closed_ && !read_ended_) arm_read();
}

void tcp_endpoint::close() {
  if (closed_ || closing_) return;
  closing_ = true;
  // The other side has ended, too: nothing can arrive that closing would answer with a reset.
  if (read_ended_ && backlog() == 0) return end({});
  arm_read();  // to drop what still arrives, and to see the end
  if (write_ended_) return linger();
  if (backlog() != 0) await_backlog();
  finish();
}

void tcp_endpoint::linger() {
  close_timer_ = std::make_unique<timer>(socket_.get_executor(), linger_time);
  close_timer_->async_wait([self = self_](error_code ec) {
    if (!ec && *self) (*self)->end({});
  });
}

void tcp_endpoint::await_backlog() {
  close_timer_ = std::make_unique<timer>(socket_.get_executor(), backlog_patience);
  close_timer_->async_wait([self = self_, before = backlog()](error_code ec) {
    if (ec || !*self || (*self)->closed_ || (*self)->backlog() == 0) return;
    if ((*self)->backlog() < before) return (*self)->await_backlog();
    (*self)->reset(asio::error::timed_out);
  });
}

void tcp_endpoint::reset(error_code reason) {
  if (closed_) return;
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  end(reason);
}

void tcp_endpoint::end(error_code reason) {
  if (closed_) return;
  closed_ = true;
  end_reason_ = reason;
  error_code ignored;
  socket_.close(ignored);
  close_timer_.reset();
  bytes().swap(unsent_);
  unsent_at_ = 0;
  if (watcher_) tell();
}

void tcp_endpoint::tell() {
  asio::post(socket_.get_executor(), [self = self_] {
    if (*self) (*self)->watcher_->on_closed(**self, (*self)->end_reason_);
  });
}

void tcp_endpoint::connects_with_first_data() {
  unconnected_ = true;
  close_timer_ = std::make_unique<timer>(socket_.get_executor(), first_data_time);
  close_timer_->async_wait([self = self_](error_code ec) {
    if (!ec && *self && (*self)->unconnected_ && !(*self)->closed_) (*self)->connect_now();
  });
}

/// Sends the SYN, unless it has left, and waits for the connection.
void tcp_endpoint::connect_now() {
  if (backlog() == 0 && ::send(socket_.native_handle(), "", 0, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
      !must_wait(errno))
    return end(last_error());
  arm_write();
}

void tcp_endpoint::connected() noexcept {
  if (!std::exchange(unconnected_, false)) return;
  const unsigned no_limit = 0;  // of happy_eyeballs.h
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &no_limit, sizeof no_limit);
}

task<error_code> tcp_endpoint::wait_established() {
  if (!unconnected_) co_return error_code{};
  const auto self = self_;
  const int fd = socket_.native_handle();
  ::send(fd, "", 0, MSG_NOSIGNAL | MSG_DONTWAIT);
  const auto [failed] = co_await socket_.async_wait(tcp_socket::wait_write, use_result);
  if (failed) co_return failed;
  if (!*self) co_return asio::error::operation_aborted;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error == 0) connected();
  co_return error_code(error, boost::system::system_category());
}

}  // namespace anytls::net
