#include "base/tls_library.h"

namespace anytls {

const tls_library& built_on() noexcept {
#ifdef ANYTLS_ON_OPENSSL
  static constexpr tls_library library{"OpenSSL", false, false, false};
#else
  static constexpr tls_library library{"BoringSSL", true, true, true};
#endif
  return library;
}

}  // namespace anytls
