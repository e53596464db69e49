// Nothing of Chrome's hello beyond what a configuration names: OpenSSL has no GREASE, no order of
// its own making, no ALPS and no compressed certificates (base/tls_library.h says so to users).
#include "tls/chrome_hello.h"

namespace anytls::tls::chrome {

bool prepare(SSL_CTX&) { return true; }
bool prepare(SSL&, bool) { return true; }

}  // namespace anytls::tls::chrome
