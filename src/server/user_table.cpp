#include "server/user_table.h"

#include <cstring>

namespace anytls::server {

std::optional<stream_slot> stream_slot::take(std::shared_ptr<user> of, std::uint32_t most) {
  if (of->streams.fetch_add(1, std::memory_order_relaxed) >= most && most != 0) {
    of->streams.fetch_sub(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  return stream_slot(std::move(of));
}

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
  users_.insert_or_assign(key(hash), entry{hash, std::make_shared<user>(std::move(name))});
}

std::shared_ptr<user> user_table::find(bytes_view hash) const {
  const auto at = users_.find(key(hash));
  if (at == users_.end() || !equal_constant_time(at->second.hash, hash)) return nullptr;
  return at->second.who;
}

}  // namespace anytls::server
