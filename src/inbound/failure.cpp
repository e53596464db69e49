#include "inbound/failure.h"

#include <boost/system/errc.hpp>

namespace anytls::inbound {

failure failure_of(error_code why) noexcept {
  namespace sys = boost::system::errc;
  if (why.category() == error_category()) {
    switch (static_cast<errc>(why.value())) {
      case errc::blocked:
        return failure::forbidden;
      case errc::target_refused:
        return failure::refused;
      case errc::name_not_found:
      case errc::no_address:
      case errc::name_resolution_failed:
        return failure::host_unreachable;
      case errc::connect_timeout:
      case errc::stream_timeout:
      case errc::heartbeat_timeout:
      case errc::tls_handshake_timeout:
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

}  // namespace anytls::inbound
