#include "tls/bio.h"

#include "tls/library.h"
#include "tls/stream.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>

namespace anytls::tls {

bool bio::attach(SSL* ssl, stream& to) {
  BIO* made = BIO_new(method());
  if (!made) return false;
  BIO_set_data(made, &to);
  BIO_set_init(made, 1);
  SSL_set_bio(ssl, made, made);
  return true;
}

const BIO_METHOD* bio::method() {
  static const BIO_METHOD* const instance = [] {
    auto* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "anytls");
    BIO_meth_set_read(made, &bio::read);
    BIO_meth_set_write_ex(made, &bio::write);
    // Flushing is asked for after each flight; ours waits for stream::flush().
    BIO_meth_set_ctrl(
        made, [](BIO*, int command, long, void*) -> long { return command == BIO_CTRL_FLUSH; });
    return made;
  }();
  return instance;
}

int bio::read(BIO* self, char* to, int size) {
  BIO_clear_retry_flags(self);
  auto& to_whom = *static_cast<stream*>(BIO_get_data(self));
  if (floods(*to_whom.ssl_)) return -1;  // the library ends with an error of the "system"
  auto& from = to_whom.incoming_;
  const auto n = from.read(reinterpret_cast<std::uint8_t*>(to), static_cast<std::size_t>(size));
  if (n > 0) return static_cast<int>(n);
  if (from.ended()) return 0;
  if (!from.error()) BIO_set_retry_read(self);
  return -1;
}

int bio::write(BIO* self, const char* from, std::size_t size, std::size_t* written) {
  BIO_clear_retry_flags(self);
  static_cast<stream*>(BIO_get_data(self))
      ->outgoing_.append({reinterpret_cast<const std::uint8_t*>(from), size});
  *written = size;
  return 1;
}

}  // namespace anytls::tls
