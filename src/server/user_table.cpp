#include "server/user_table.h"

#include <cstring>

namespace anytls::server {

user_table::user_table(random_source& random) {
  for (int i = 0; i < 4; ++i) {
    const auto word = random.next();
    append(secret_, {reinterpret_cast<const std::uint8_t*>(&word), sizeof word});
  }
}

std::size_t user_table::first_bytes::operator()(const sha256_digest& d) const noexcept {
  std::size_t out;
  std::memcpy(&out, d.data(), sizeof out);
  return out;
}

sha256_digest user_table::key(bytes_view hash) const {
  bytes keyed = secret_;
  append(keyed, hash);
  return sha256(keyed);
}

void user_table::add(std::string name, std::string_view password) {
  const auto hash = sha256(as_bytes(password));
  users_.insert_or_assign(key(hash), user{hash, std::move(name)});
}

const std::string* user_table::find(bytes_view hash) const {
  const auto at = users_.find(key(hash));
  if (at == users_.end() || !equal_constant_time(at->second.hash, hash)) return nullptr;
  return &at->second.name;
}

}  // namespace anytls::server
