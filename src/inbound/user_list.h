#pragma once
// The users of a local proxy: who may use it, by name and password.

#include <string>
#include <string_view>
#include <vector>

namespace anytls::inbound {

struct user {
  std::string name;
  std::string password;
};

class user_list {
 public:
  user_list() = default;
  explicit user_list(std::vector<user> users) : users_(std::move(users)) {}

  /// False: everybody may use the proxy.
  bool required() const noexcept { return !users_.empty(); }

  /// Takes the same time wherever the password differs; how long names and passwords are is no
  /// secret.
  bool matches(std::string_view name, std::string_view password) const noexcept;

 private:
  std::vector<user> users_;
};

}  // namespace anytls::inbound
