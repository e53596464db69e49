#pragma once
// Collects what the readers find. Everything wrong with a file is reported at once; the same
// warning about the same field of many proxies is one message.

#include "config/listed_field.h"
#include "config/message.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace anytls::config {

class report {
 public:
  explicit report(std::string_view file_name);

  /// `path` as in "outbounds[0].tls", empty for the file itself; `line` 0 where it is not known.
  void error(std::string_view path, std::uint32_t line, std::string_view sentence);
  void warning(std::string_view path, std::uint32_t line, std::string_view sentence);

  bool has_errors() const noexcept { return errors_ != 0; }

  /// In the order they were found, repeated warnings folded, at most `most_messages` and one that
  /// says how many more.
  std::vector<message> take();

  /// From now on the readers also write here which fields they know. field_list.h.
  void list_into(std::vector<listed_field>& into) noexcept { listing_ = &into; }
  std::vector<listed_field>* listing() const noexcept { return listing_; }

  static constexpr std::size_t most_messages = 100;

 private:
  struct entry {
    anytls::config::severity severity;
    std::string text;
    std::size_t repeats = 0;
  };

  void add(severity s, std::string_view path, std::uint32_t line, std::string_view sentence);

  std::string file_name_;
  std::vector<entry> entries_;
  std::map<std::string, std::size_t, std::less<>>
      warned_;  ///< path without indices + sentence -> entry
  std::size_t errors_ = 0;
  bool left_out_ = false;
  std::vector<listed_field>* listing_ = nullptr;
};

}  // namespace anytls::config
