#include "inbound/user_list.h"

#include "base/bytes.h"

namespace anytls::inbound {

bool user_list::matches(std::string_view name, std::string_view password) const noexcept {
  bool found = false;
  for (const auto& u : users_) {
    const bool same_name = equal_constant_time(as_bytes(u.name), as_bytes(name));
    const bool same_password = equal_constant_time(as_bytes(u.password), as_bytes(password));
    found |= same_name & same_password;
  }
  return found;
}

}  // namespace anytls::inbound
