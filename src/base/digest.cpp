#include "base/digest.h"

#include <openssl/md5.h>
#include <openssl/sha.h>

namespace anytls {

sha256_digest sha256(bytes_view data) {
  sha256_digest out;
  SHA256(data.data(), data.size(), out.data());
  return out;
}

std::string md5_hex(bytes_view data) {
  std::array<std::uint8_t, MD5_DIGEST_LENGTH> out;
  MD5(data.data(), data.size(), out.data());
  return to_hex(out);
}

}  // namespace anytls
