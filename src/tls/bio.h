#pragma once
// Private to src/tls: what the TLS library reads from and writes to, in place of a socket.

#include <openssl/ssl.h>

namespace anytls::tls {

class stream;

/// Joins the library's reading and writing to the stream's two queues. The stream must not move
/// from then on.
struct bio {
  static bool attach(SSL* ssl, stream& to);

 private:
  static const BIO_METHOD* method();
  static int read(BIO* self, char* to, int size);
  static int write(BIO* self, const char* from, std::size_t size, std::size_t* written);
};

}  // namespace anytls::tls
