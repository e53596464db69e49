#include "tls/outgoing.h"

#include "base/io_buffers.h"

#include <boost/asio/error.hpp>

#include <sys/socket.h>
#include <sys/uio.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace anytls::tls {
namespace {

thread_local outgoing* borrower = nullptr;

}  // namespace

outgoing::~outgoing() { give_back(); }

void outgoing::give_back() noexcept {
  if (borrower == this) borrower = nullptr;
  lent_ = 0;
}

void outgoing::take_out() {
  const auto lent = io_buffers::ciphertext_out().first(lent_);
  owned_.erase(owned_.begin(), owned_.begin() + static_cast<std::ptrdiff_t>(position_));
  position_ = 0;
  owned_.insert(owned_.begin(), lent.begin(), lent.end());
  give_back();
}

void outgoing::append(bytes_view data) {
  if (owned_.empty()) {
    if (borrower != this) {
      if (borrower) borrower->take_out();
      borrower = this;
    }
    const auto room = io_buffers::ciphertext_out().subspan(lent_);
    const auto n = std::min(room.size(), data.size());
    std::memcpy(room.data(), data.data(), n);
    lent_ += n;
    data = data.subspan(n);
    if (data.empty()) return;
  }
  if (position_ > owned_.size() / 2) {
    owned_.erase(owned_.begin(), owned_.begin() + static_cast<std::ptrdiff_t>(position_));
    position_ = 0;
  }
  anytls::append(owned_, data);
}

error_code outgoing::flush(int fd) {
  std::size_t lent_sent = 0;
  error_code failure;
  while (lent_sent < lent_ || position_ < owned_.size()) {
    iovec parts[2];
    int count = 0;
    if (lent_sent < lent_) {
      const auto rest = io_buffers::ciphertext_out().subspan(lent_sent, lent_ - lent_sent);
      parts[count++] = {rest.data(), rest.size()};
    }
    if (position_ < owned_.size())
      parts[count++] = {owned_.data() + position_, owned_.size() - position_};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = static_cast<std::size_t>(count);
    const auto n = ::sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0) {
      if (errno == EINTR) continue;
      // EINPROGRESS: the first data of a connection with fast open, not taken into its SYN.
      if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINPROGRESS) {
        failure.assign(errno, boost::asio::error::get_system_category());
      }
      break;
    }
    const auto from_lent = std::min(static_cast<std::size_t>(n), lent_ - lent_sent);
    lent_sent += from_lent;
    position_ += static_cast<std::size_t>(n) - from_lent;
  }

  // A suspension may follow: the lent buffer goes back now, whatever happened.
  if (lent_sent < lent_) {
    const auto rest = io_buffers::ciphertext_out().subspan(lent_sent, lent_ - lent_sent);
    owned_.insert(owned_.begin(), rest.begin(), rest.end());  // position_ is 0: lent bytes go first
  }
  give_back();
  if (position_ == owned_.size()) {
    if (owned_.capacity()) bytes().swap(owned_);
    position_ = 0;
  }
  return failure;
}

bytes outgoing::take() {
  if (lent_ > 0) take_out();
  owned_.erase(owned_.begin(), owned_.begin() + static_cast<std::ptrdiff_t>(position_));
  position_ = 0;
  return std::exchange(owned_, {});
}

void outgoing::clear() noexcept {
  give_back();
  bytes().swap(owned_);
  position_ = 0;
}

}  // namespace anytls::tls
