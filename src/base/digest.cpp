#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

namespace anytls {

sha256_digest sha256(bytes_view data) {
  sha256_digest out;
  SHA256(data.data(), data.size(), out.data());
  return out;
}

std::string md5_hex(bytes_view data) {
  std::array<std::uint8_t, 16> out{};
  EVP_Digest(data.data(), data.size(), out.data(), nullptr, EVP_md5(), nullptr);
  return to_hex(out);
}

}  // namespace anytls
