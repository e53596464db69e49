#include "inbound/failure.h"

#include <boost/system/errc.hpp>

#include <algorithm>

namespace anytls::inbound {
namespace {

bool contains(std::string_view text, std::string_view part) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  const auto same = [&](char a, char b) { return lower(a) == lower(b); };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

}  // namespace

failure failure_of(error_code why) noexcept {
  namespace sys = boost::system::errc;
  if (why.category() == error_category()) {
    switch (static_cast<errc>(why.value())) {
      case errc::blocked:
      case errc::proxy_forbidden:
        return failure::forbidden;
      case errc::target_refused:
      case errc::proxy_target_refused:
        return failure::refused;
      case errc::target_unreachable:
      case errc::name_not_found:
      case errc::no_address:
      case errc::name_resolution_failed:
      case errc::proxy_target_unreachable:
        return failure::host_unreachable;
      case errc::connect_timeout:
      case errc::stream_timeout:
      case errc::heartbeat_timeout:
      case errc::tls_handshake_timeout:
      case errc::proxy_timeout:
        return failure::timeout;
      default:
        return failure::other;
    }
  }
  if (why == sys::connection_refused) return failure::refused;
  if (why == sys::host_unreachable) return failure::host_unreachable;
  if (why == sys::network_unreachable || why == sys::network_down)
    return failure::network_unreachable;
  if (why == sys::timed_out) return failure::timeout;
  if (why == sys::operation_not_permitted || why == sys::permission_denied)
    return failure::forbidden;
  return failure::other;
}

std::string explain(error_code why, std::string_view detail) {
  auto message = why.message();
  if (contains(message, detail)) return message;
  if (contains(detail, message)) return std::string(detail);
  return message.append(": ").append(detail);
}

}  // namespace anytls::inbound
