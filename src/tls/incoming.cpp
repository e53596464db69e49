#include "tls/incoming.h"

#include "base/io_buffers.h"

#include <boost/asio/error.hpp>

#include <sys/socket.h>
#include <algorithm>
#include <cerrno>
#include <cstring>

namespace anytls::tls {
namespace {

constexpr std::uint8_t alert_record = 21;
constexpr std::uint8_t handshake_record = 22;

}  // namespace

std::size_t incoming::read(std::uint8_t* to, std::size_t size) noexcept {
  if (position_ < kept_.size()) {
    const auto n = std::min(size, kept_.size() - position_);
    std::memcpy(to, kept_.data() + position_, n);
    position_ += n;
    return n;
  }
  if (lent_.empty()) receive();
  const auto n = std::min(size, lent_.size());
  if (n) std::memcpy(to, lent_.data(), n);
  lent_ = lent_.subspan(n);
  return n;
}

void incoming::end() {
  if (position_ == kept_.size()) {
    if (kept_.capacity()) bytes().swap(kept_);
    position_ = 0;
  } else if (position_ > 0 && (position_ >= kept_.size() / 2 || !lent_.empty())) {
    // Halving keeps the copies linear, however small the caller's bites are.
    kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(position_));
    position_ = 0;
  }
  append(kept_, lent_);
  lent_ = {};
}

void incoming::receive() noexcept {
  if (!may_receive_ || ended_ || error_) return;
  may_receive_ = false;
  const auto room = io_buffers::ciphertext_in(most_);
  ssize_t n;
  do n = ::recv(fd_, room.data(), room.size(), MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  if (n > 0) {
    lent_ = room.first(static_cast<std::size_t>(n));
    for (std::size_t i = 0; seen_ < sizeof first_ && i < lent_.size(); ++i)
      first_[seen_++] = lent_[i];
  } else if (n == 0) {
    ended_ = true;
  } else if (errno != EAGAIN && errno != EWOULDBLOCK) {
    error_.assign(errno, boost::asio::error::get_system_category());
  }
}

bool incoming::looks_like_tls() const noexcept {
  if (seen_ > 0 && first_[0] != handshake_record && first_[0] != alert_record) return false;
  return seen_ < 2 || first_[1] == 3;
}

}  // namespace anytls::tls
