// The part of tls::stream that sends a ClientHello in pieces: one after the other, each when the
// kernel says that the one before has been acknowledged.

#include "tls/hello_fragments.h"
#include "tls/stream.h"

#include <poll.h>
#include <sys/ioctl.h>

#include <linux/sockios.h>

#include <algorithm>

namespace anytls::tls {
namespace {

constexpr duration look_again = 5ms;
// As sing-box has it: who acknowledges faster is near, and may be a transparent proxy.
constexpr duration suspiciously_fast = 20ms;

/// Bytes that are sent or about to be, and not acknowledged; nullopt where that cannot be known.
std::optional<int> unacknowledged(int fd) noexcept {
  int left = 0;
  if (::ioctl(fd, SIOCOUTQ, &left) != 0) return std::nullopt;
  return left;
}

/// Whether the peer has said something or ended: nobody answers the half of a hello with anything
/// but a refusal.
bool has_answered(int fd) noexcept {
  pollfd watched{fd, POLLIN, 0};
  return ::poll(&watched, 1, 0) > 0;
}

/// Until what was sent on `fd` has arrived, the peer has answered, or `until`. `fd` stays open
/// meanwhile.
task<error_code> wait_acknowledged(executor here, int fd, duration fallback, time_point until) {
  timer pause(here);
  const auto began = clock::now();
  std::optional<time_point> enough;  // set where the kernel's word is not taken
  for (;;) {
    const auto now = clock::now();
    if (now >= until) co_return errc::tls_handshake_timeout;
    if (has_answered(fd) || (enough && now >= *enough)) co_return error_code{};
    if (!enough) {
      const auto left = unacknowledged(fd);
      const bool arrived = left && *left == 0;
      if (arrived && now - began >= suspiciously_fast) co_return error_code{};
      if (arrived || !left) enough = fallback < until - began ? began + fallback : until;
    }
    pause.expires_at(std::min(enough.value_or(until), now + look_again));
    if (const auto [error] = co_await pause.async_wait(use_result); error) co_return error;
  }
}

}  // namespace

/// The last piece is left to the ordinary flush, as is everything that holds no ClientHello. After
/// a send that fails, or an early answer, nothing is left to send: the next read will tell the
/// cause.
task<error_code> stream::send_all_but_last_piece(time_point until) {
  const auto& how = context_->options().fragment;
  system_random random;
  const auto pieces = cut_hello(outgoing_.take(), how, random);
  for (std::size_t i = 0; i + 1 < pieces.size(); ++i) {
    outgoing_.append(pieces[i]);
    do {
      if (const auto failure = outgoing_.flush(socket_.native_handle())) {
        outgoing_.clear();
        co_return never_connected(failure) ? failure : error_code{};
      }
      if (outgoing_.size() == 0) break;
      const auto [error] = co_await socket_.async_wait(tcp_socket::wait_write, use_result);
      if (error) co_return clock::now() >= until ? error_code(errc::tls_handshake_timeout) : error;
    } while (true);
    if (const auto error = co_await wait_acknowledged(
            socket_.get_executor(), socket_.native_handle(), how.fallback_delay, until))
      co_return error;
    if (has_answered(socket_.native_handle())) co_return error_code{};
  }
  outgoing_.append(pieces.back());
  co_return error_code{};
}

}  // namespace anytls::tls
