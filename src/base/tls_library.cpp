#include "base/tls_library.h"

namespace anytls {

const tls_library& built_on() noexcept {
#ifdef ANYTLS_ON_OPENSSL
#ifdef ANYTLS_POST_QUANTUM
  constexpr bool post_quantum = true;
#else
  constexpr bool post_quantum = false;
#endif
  static constexpr tls_library library{"OpenSSL", false, false, post_quantum};
#else
  static constexpr tls_library library{"BoringSSL", true, true, true};
#endif
  return library;
}

}  // namespace anytls
