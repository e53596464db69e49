#include "config/duration.h"

#include <fmt/format.h>

#include <array>
#include <limits>

namespace anytls::config {
namespace {

constexpr std::uint64_t longest = std::numeric_limits<std::int64_t>::max();

struct unit {
  std::string_view name;
  std::uint64_t nanoseconds;
};

// Longer names first where one begins another ("ms" before "m").
constexpr std::array<unit, 9> units{{{"ns", 1},
                                     {"us", 1'000},
                                     {"\xc2\xb5s", 1'000},  // µ, micro sign
                                     {"\xce\xbcs", 1'000},  // μ, Greek letter mu
                                     {"ms", 1'000'000},
                                     {"s", 1'000'000'000},
                                     {"m", 60'000'000'000},
                                     {"h", 3'600'000'000'000},
                                     {"d", 86'400'000'000'000}}};

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// The digits at the front of `text`; they are cut off.
std::string_view take_digits(std::string_view& text) noexcept {
  std::size_t n = 0;
  while (n < text.size() && is_digit(text[n])) ++n;
  const auto digits = text.substr(0, n);
  text.remove_prefix(n);
  return digits;
}

/// total += digits x unit; false where it does not fit.
bool add_whole(std::uint64_t& total, std::string_view digits, std::uint64_t unit_length) noexcept {
  std::uint64_t number = 0;
  for (const char c : digits) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (number > (longest - digit) / 10) return false;
    number = number * 10 + digit;
  }
  if (number > longest / unit_length) return false;
  total += number * unit_length;  // both below 2^63
  return total <= longest;
}

/// The part behind the point, rounded down to nanoseconds.
bool add_fraction(std::uint64_t& total, std::string_view digits,
                  std::uint64_t unit_length) noexcept {
  std::uint64_t scale = 1;
  for (const char c : digits) {
    if (scale > unit_length) break;  // less than a nanosecond from here on
    scale *= 10;
    total += static_cast<std::uint64_t>(c - '0') * unit_length / scale;
  }
  return total <= longest;
}

}  // namespace

parsed_duration parse_duration(std::string_view text) noexcept {
  constexpr auto fail = [](duration_error e) { return parsed_duration{e, duration{0}}; };
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text == "0") return {};
  if (text.empty()) return fail(duration_error::not_a_duration);

  std::uint64_t total = 0;
  bool fits = true;
  while (!text.empty()) {
    const auto whole = take_digits(text);
    std::string_view fraction;
    if (!text.empty() && text[0] == '.') {
      text.remove_prefix(1);
      fraction = take_digits(text);
    }
    if (whole.empty() && fraction.empty()) return fail(duration_error::not_a_duration);
    if (text.empty()) return fail(negative ? duration_error::negative : duration_error::no_unit);
    std::uint64_t length = 0;
    for (const auto& u : units) {
      if (!text.starts_with(u.name)) continue;
      length = u.nanoseconds;
      text.remove_prefix(u.name.size());
      break;
    }
    if (length == 0) return fail(duration_error::not_a_duration);
    // Read on when it does not fit: "99999999999d and more" is not a duration, however long.
    fits = fits && add_whole(total, whole, length) && add_fraction(total, fraction, length);
  }
  if (negative && (total != 0 || !fits)) return fail(duration_error::negative);
  if (!fits) return fail(duration_error::too_large);
  return {duration_error::none, duration{static_cast<std::int64_t>(total)}};
}

std::optional<std::string> suggest_duration(std::string_view text) {
  if (text.size() > 40) return std::nullopt;
  std::string fixed;
  while (!text.empty()) {
    const char c = text[0];
    if (is_digit(c) || c == '.') {
      fixed += c;
      text.remove_prefix(1);
      continue;
    }
    if (c == ' ' || c == '\t') {
      text.remove_prefix(1);
      continue;
    }
    std::string word;
    while (!text.empty() && ((text[0] | 0x20) >= 'a' && (text[0] | 0x20) <= 'z')) {
      word += static_cast<char>(text[0] | 0x20);
      text.remove_prefix(1);
    }
    if (word.empty()) return std::nullopt;
    if (word.size() > 2 && word.back() == 's') word.pop_back();
    if (word == "sec" || word == "second") word = "s";
    if (word == "min" || word == "minute") word = "m";
    if (word == "hr" || word == "hour") word = "h";
    if (word == "day") word = "d";
    if (word == "msec" || word == "milli" || word == "millisecond") word = "ms";
    if (word == "and") continue;
    fixed += word;
  }
  auto parsed = parse_duration(fixed);
  if (parsed.error == duration_error::no_unit) {
    fixed += 's';
    parsed = parse_duration(fixed);
  }
  if (parsed.error != duration_error::none) return std::nullopt;
  return fixed;
}

std::string format_duration(duration d) {
  auto left = static_cast<std::uint64_t>(d.count() < 0 ? 0 : d.count());
  if (left == 0) return "0s";
  std::string out;
  for (const unit& u : {units[8], units[7], units[6], units[5], units[4], units[1], units[0]}) {
    if (left < u.nanoseconds) continue;
    out += fmt::format("{}{}", left / u.nanoseconds, u.name);
    left %= u.nanoseconds;
  }
  return out;
}

}  // namespace anytls::config
