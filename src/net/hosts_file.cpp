#include "net/hosts_file.h"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include <sys/stat.h>
#include <algorithm>
#include <fstream>
#include <iterator>

namespace anytls::net {
namespace {

constexpr duration look_interval = 5s;
constexpr std::string_view blanks = " \t\r\v\f";

std::string_view next_word(std::string_view& line) {
  const auto from = std::min(line.find_first_not_of(blanks), line.size());
  line.remove_prefix(from);
  const auto to = std::min(line.find_first_of(blanks), line.size());
  const auto word = line.substr(0, to);
  line.remove_prefix(to);
  return word;
}

bool is_localhost(const std::string& name) {
  return name == "localhost" || name.ends_with(".localhost");
}

}  // namespace

std::string canonical_name(std::string_view name) {
  std::string out(name.ends_with('.') ? name.substr(0, name.size() - 1) : name);
  // Only ASCII: DNS compares nothing else without case (RFC 4343), and tolower() depends on the
  // locale.
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

hosts_table hosts_table::parse(std::string_view text) {
  hosts_table table;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line = line.substr(0, line.find('#'));

    boost::system::error_code bad;
    const auto address = asio::ip::make_address(std::string(next_word(line)), bad);
    if (bad) continue;
    for (auto name = next_word(line); !name.empty(); name = next_word(line)) {
      auto& list = table.names_[canonical_name(name)];
      if (std::find(list.begin(), list.end(), address) == list.end()) list.push_back(address);
    }
  }
  return table;
}

std::vector<asio::ip::address> hosts_table::find(const std::string& name,
                                                 address_family family) const {
  std::vector<asio::ip::address> all;
  if (is_localhost(name))
    all = {asio::ip::address_v6::loopback(), asio::ip::address_v4::loopback()};
  else if (const auto at = names_.find(name); at != names_.end())
    all = at->second;
  std::erase_if(all, [&](const auto& a) { return !matches(a, family); });
  return all;
}

bool hosts_table::knows(const std::string& name) const {
  return is_localhost(name) || names_.contains(name);
}

const hosts_table& hosts_file::table(time_point now) {
  if (path_.empty() || now < next_look_) return table_;
  next_look_ = now + look_interval;

  struct stat s{};
  stamp seen;
  if (::stat(path_.c_str(), &s) == 0)
    seen = {static_cast<long long>(s.st_ino), static_cast<long long>(s.st_size),
            static_cast<long long>(s.st_mtim.tv_sec), static_cast<long long>(s.st_mtim.tv_nsec)};
  if (seen == stamp_) return table_;
  stamp_ = seen;
  std::ifstream in(path_, std::ios::binary);
  table_ = hosts_table::parse(std::string(std::istreambuf_iterator<char>(in), {}));
  return table_;
}

}  // namespace anytls::net
