#pragma once
// Why a session was closed. Counters, logs and the API use these words (docs/spec/pool.md).

#include <cstddef>

namespace anytls::session {

enum class close_reason {
  idle_timeout,
  max_age,
  heartbeat_timeout,
  stream_timeout,
  peer_closed,
  io_error,
  alert,
  padding_changed,
  network_change,
  shutdown,
};
inline constexpr std::size_t close_reasons = static_cast<std::size_t>(close_reason::shutdown) + 1;

constexpr const char* name(close_reason r) noexcept {
  switch (r) {
    case close_reason::idle_timeout:
      return "idle_timeout";
    case close_reason::max_age:
      return "max_age";
    case close_reason::heartbeat_timeout:
      return "heartbeat_timeout";
    case close_reason::stream_timeout:
      return "stream_timeout";
    case close_reason::peer_closed:
      return "peer_closed";
    case close_reason::io_error:
      return "io_error";
    case close_reason::alert:
      return "alert";
    case close_reason::padding_changed:
      return "padding_changed";
    case close_reason::network_change:
      return "network_change";
    case close_reason::shutdown:
      return "shutdown";
  }
  return "";
}

}  // namespace anytls::session
