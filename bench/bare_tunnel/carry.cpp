#include "bare_tunnel/carry.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <algorithm>
#include <cerrno>
#include <memory>

namespace anytls::bench {
namespace {

constexpr std::size_t header = 7;
constexpr std::size_t record = 16'384;
constexpr std::size_t slots = 8;

enum command : std::uint8_t { syn = 1, psh = 2, fin = 3 };

void put_header(std::uint8_t* at, command what, std::size_t size) {
  const std::uint8_t all[header] = {
      what, 0, 0, 0, 1, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
  std::copy(all, all + header, at);
}

bool write_all(int fd, iovec* parts, int count) {
  while (count > 0) {
    auto n = ::writev(fd, parts, count);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    while (count > 0 && static_cast<std::size_t>(n) >= parts->iov_len) {
      n -= static_cast<ssize_t>(parts->iov_len);
      ++parts;
      --count;
    }
    if (n > 0) {
      parts->iov_base = static_cast<std::uint8_t*>(parts->iov_base) + n;
      parts->iov_len -= static_cast<std::size_t>(n);
    }
  }
  return true;
}

}  // namespace

void carry_up(int plain, tls_link& tls) {
  const auto buffer = std::make_unique<std::uint8_t[]>(slots * record);
  iovec parts[slots];
  for (std::size_t i = 0; i < slots; ++i)
    parts[i] = {buffer.get() + i * record + header, record - header};
  for (bool on = true; on;) {
    const auto n = ::readv(plain, parts, slots);
    if (n < 0 && errno == EINTR) continue;
    auto left = static_cast<std::size_t>(std::max<ssize_t>(n, 0));
    {
      const std::lock_guard held(tls.lock());
      on = left > 0;
      if (!on) {
        put_header(buffer.get(), fin, 0);
        tls.seal({buffer.get(), header});
      }
      for (std::size_t i = 0; left > 0; ++i) {
        const auto size = std::min(left, record - header);
        auto* slot = buffer.get() + i * record;
        put_header(slot, psh, size);
        on = on && tls.seal({slot, header + size});
        left -= size;
      }
    }
    on = tls.send() && on;
  }
  ::shutdown(plain, SHUT_RDWR);
  tls.shut();
}

void carry_down(tls_link& tls, int plain) {
  constexpr std::size_t most = 10;  // records that end in one receive
  const auto buffer = std::make_unique<std::uint8_t[]>(most * record);
  iovec parts[most];
  for (bool on = true; on && tls.receive();) {
    for (bool more = true; on && more;) {
      int count = 0;
      {
        const std::lock_guard held(tls.lock());
        while (static_cast<std::size_t>(count) < most) {
          // The peer is this program: a record is a frame.
          auto* slot = buffer.get() + static_cast<std::size_t>(count) * record;
          const int n = tls.open({slot, record});
          more = n > 0;
          if (n < 0 || (n > 0 && slot[0] == fin)) on = false;
          if (!more || !on) break;
          parts[count++] = {slot + header, static_cast<std::size_t>(n) - header};
        }
      }
      on = write_all(plain, parts, count) && on;
    }
  }
  ::shutdown(plain, SHUT_RDWR);
  tls.shut();
}

bool send_target(tls_link& tls, std::span<const std::uint8_t> address) {
  std::uint8_t frame[header + 6];
  put_header(frame, syn, address.size());
  std::copy(address.begin(), address.end(), frame + header);
  const std::lock_guard held(tls.lock());
  return tls.seal({frame, header + address.size()}) && tls.send();
}

std::vector<std::uint8_t> receive_target(tls_link& tls) {
  std::vector<std::uint8_t> frame(record);
  int n;
  while ((n = tls.open(frame)) == 0)
    if (!tls.receive()) return {};
  if (n != header + 6 || frame[0] != syn) return {};
  return {frame.begin() + header, frame.begin() + n};
}

}  // namespace anytls::bench
