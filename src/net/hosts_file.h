#pragma once
// /etc/hosts, and the names that never leave the machine.

#include "base/clock.h"
#include "net/address_order.h"

#include <ctime>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace anytls::net {

/// Lower case, without the dot at the end: what tables and caches are keyed by.
std::string canonical_name(std::string_view name);

/// The parsed file. Pure.
class hosts_table {
 public:
  /// Lines that cannot be read are passed over, as libc does.
  static hosts_table parse(std::string_view text);

  /// `name` canonical. Empty where the table does not know the name at all; see knows().
  std::vector<asio::ip::address> find(const std::string& name, address_family family) const;

  /// `localhost` and names below it (RFC 6761 section 6.3) are loopback whatever the file says
  /// about them.
  bool knows(const std::string& name) const;

 private:
  std::unordered_map<std::string, std::vector<asio::ip::address>> names_;
};

/// Keeps a table up to date: looks at the file at most every 5 s and reads it again when it has
/// changed. The file is local and small, so that is done on the calling thread. A file that is not
/// there is an empty one.
class hosts_file {
 public:
  explicit hosts_file(std::string path) : path_(std::move(path)) {}

  const hosts_table& table(time_point now);

 private:
  struct stamp {
    long long inode = 0, size = -1, seconds = 0, nanoseconds = 0;
    bool operator==(const stamp&) const = default;
  };

  std::string path_;
  hosts_table table_;
  stamp stamp_;
  time_point next_look_{};
};

}  // namespace anytls::net
