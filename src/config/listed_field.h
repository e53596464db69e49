#pragma once
// What can be told of one row of the tables of fields, whatever it reads into.

#include <cstdint>
#include <string>
#include <string_view>

namespace anytls::config {

enum class status : std::uint8_t {
  obeyed,    ///< read
  accepted,  ///< known, and nothing is different without it: no message
  later,     ///< known, not available yet: a warning unless it is off
  refused,   ///< the same, but running without it would be wrong: an error unless it is off
};

/// When `later` and `refused` are silent.
enum class off_when : std::uint8_t {
  empty,         ///< null, false, 0, "", {} and [], or an object that says `enabled: false`
  not_switched,  ///< the same, or an object without `enabled: true`
};

/// For the reference documentation and for the tests that are made from these tables.
struct field_text {
  std::string_view standard = {};  ///< its default in words or as a value; empty = there is none
  std::string_view example = {};   ///< a valid value other than that, as JSON
};

/// A row at its place in a file.
struct listed_field {
  std::string place;  ///< of the object that holds it: "outbounds[0].tls", empty for the file
  std::string_view name;
  field_text text;
  anytls::config::status status;
  std::string_view consequence;
  off_when off;
};

}  // namespace anytls::config
