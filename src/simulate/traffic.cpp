#include "simulate/traffic.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace anytls::simulate {
namespace {

constexpr auto longest = duration::max() / 4;  // leaves room for sums
constexpr std::uint32_t most_at_once = 1'000'000;
constexpr std::size_t most_lines = 10'000'000;

std::string_view trim(std::string_view text) {
  constexpr auto blank = " \t\r";
  const auto begin = text.find_first_not_of(blank);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(blank) - begin + 1);
}

template <typename Number>
std::optional<Number> whole(std::string_view text) {
  Number value{};
  const auto* begin = text.data();
  const auto* end = begin + text.size();
  const auto [at, error] = std::from_chars(begin, end, value);
  if (text.empty() || error != std::errc() || at != end) return std::nullopt;
  return value;
}

std::optional<double> positive(std::string_view text) {
  const auto value = whole<double>(text);
  if (!value || !std::isfinite(*value) || *value <= 0) return std::nullopt;
  return value;
}

std::optional<duration> in_time(double seconds) {
  if (!(seconds >= 0) || seconds > std::chrono::duration<double>(longest).count())
    return std::nullopt;
  return duration(std::llround(seconds * 1e9));
}

/// "10m", "s" (= 1s), "min" (= 1m).
std::optional<duration> period_of(std::string_view text, duration_reader read) {
  if (text == "min") text = "m";
  std::string full(text);
  if (!full.empty() && full[0] >= 'a' && full[0] <= 'z') full.insert(full.begin(), '1');
  const auto value = read(full);
  if (!value || *value <= duration{0} || *value > longest) return std::nullopt;
  return value;
}

/// "90", "0.5", "1h30m".
std::optional<duration> time_of(std::string_view text, duration_reader read) {
  if (const auto seconds = whole<double>(text)) return in_time(*seconds);
  const auto value = read(text);
  if (!value || *value < duration{0} || *value > longest) return std::nullopt;
  return value;
}

std::string is_no_rate(std::string_view text) {
  return fmt::format("\"{}\" is not a rate; write for example 2/s, 0.5/s, 30/m or 20/10m", text);
}

struct reader {
  std::string_view name;
  duration_reader read;
  enum class columns : std::uint8_t {
    unknown,
    seconds_count,
    time_duration
  } form = columns::unknown;
  std::vector<arrival> found{};

  /// What is wrong with this line; empty = nothing.
  std::string line(std::string_view text) {
    const auto comma = text.find(',');
    if (comma == text.npos || text.find(',', comma + 1) != text.npos)
      return fmt::format("\"{}\" has not two columns", text);
    const auto left = trim(text.substr(0, comma));
    const auto right = trim(text.substr(comma + 1));
    if (form == columns::unknown) {
      if (left == "seconds" && right == "count")
        form = columns::seconds_count;
      else if (left == "time" && right == "duration")
        form = columns::time_duration;
      else
        return "the first line must be seconds,count or time,duration";
      return {};
    }
    const auto at = time_of(left, read);
    if (!at) return fmt::format("\"{}\" is not a time; write seconds, or for example 1h30m", left);
    if (form == columns::time_duration) {
      const auto takes = time_of(right, read);
      if (!takes)
        return fmt::format("\"{}\" is not a duration; write seconds, or for example 1m30s", right);
      found.push_back({*at, 1, takes});
      return {};
    }
    const auto count = whole<std::uint32_t>(right);
    if (!count || *count > most_at_once)
      return fmt::format("\"{}\" is not a count; write a whole number from 0 to {}", right,
                         most_at_once);
    if (*count > 0) found.push_back({*at, *count, {}});
    return {};
  }
};

}  // namespace

parsed<rate> parse_rate(std::string_view text, duration_reader read) {
  const auto slash = text.find('/');
  if (slash != text.npos) {
    const auto count = positive(text.substr(0, slash));
    const auto period = period_of(text.substr(slash + 1), read);
    // Faster than one a nanosecond has no place on the clock.
    if (count && period && *count < static_cast<double>(period->count()))
      return {rate{*count, *period}, {}};
  }
  return {std::nullopt, is_no_rate(text)};
}

parsed<traffic> parse_traffic(std::string_view text, duration_reader read) {
  const auto colon = text.find(':');
  const auto kind = text.substr(0, colon == text.npos ? 0 : colon);
  if (kind != "steady" && kind != "random" && kind != "bursts") return {};
  const auto rest = text.substr(colon + 1);
  auto every = parse_rate(rest, read);
  if (!every.value) return {std::nullopt, std::move(every.wrong)};
  if (kind == "steady") return {steady_traffic{*every.value}, {}};
  if (kind == "random") return {random_traffic{*every.value}, {}};
  const auto count = every.value->count;
  if (count != std::floor(count) || count > most_at_once)
    return {std::nullopt, fmt::format("\"{}\": a burst is a whole number of requests, {} at most",
                                      rest, most_at_once)};
  return {burst_traffic{static_cast<std::uint32_t>(count), every.value->period}, {}};
}

parsed<traffic> parse_traffic_csv(std::string_view name, std::string_view text,
                                  duration_reader read) {
  if (text.starts_with("\xef\xbb\xbf"))
    text.remove_prefix(3);  // spreadsheets write a byte order mark
  reader lines{name, read};
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const auto line = trim(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (line.empty() || line[0] == '#') continue;
    auto wrong = lines.found.size() < most_lines ? lines.line(line)
                                                 : std::string("more lines than this can hold");
    if (!wrong.empty()) return {std::nullopt, fmt::format("{}: line {}: {}", name, number, wrong)};
  }
  if (lines.found.empty())
    return {std::nullopt, fmt::format("{}: there are no requests in it", name)};
  std::stable_sort(lines.found.begin(), lines.found.end(),
                   [](const arrival& a, const arrival& b) { return a.at < b.at; });
  return {listed_traffic{std::move(lines.found)}, {}};
}

double expected_requests(const traffic& from, duration length) {
  const auto of_rate = [&](const rate& r) {
    return r.count * (static_cast<double>(length.count()) / static_cast<double>(r.period.count()));
  };
  if (const auto* t = std::get_if<steady_traffic>(&from)) return of_rate(t->every);
  if (const auto* t = std::get_if<random_traffic>(&from)) return of_rate(t->average);
  if (const auto* t = std::get_if<burst_traffic>(&from))
    return static_cast<double>(length / t->period) * static_cast<double>(t->count);
  double sum = 0;
  for (const auto& one : std::get<listed_traffic>(from).arrivals)
    if (one.at < length) sum += one.count;
  return sum;
}

std::optional<arrival> arrivals::next() {
  if (const auto* t = std::get_if<listed_traffic>(&from_)) {
    if (index_ == t->arrivals.size()) return std::nullopt;
    return t->arrivals[index_++];
  }
  ++index_;
  if (const auto* t = std::get_if<burst_traffic>(&from_)) {
    if (last_ > longest - t->period) return std::nullopt;
    last_ += t->period;
    return arrival{last_, t->count, {}};
  }
  if (const auto* t = std::get_if<random_traffic>(&from_)) {
    const auto gap = static_cast<double>(t->average.period.count()) / t->average.count *
                     -std::log(uniform(random_));
    if (gap > static_cast<double>((longest - last_).count())) return std::nullopt;
    last_ += duration(std::llround(gap));
    return arrival{last_};
  }
  // By index, so that nothing adds up: 3/s is exact after a day.
  const auto& every = std::get<steady_traffic>(from_).every;
  const auto at = static_cast<long double>(index_) * every.period.count() /
                  static_cast<long double>(every.count);
  if (at > static_cast<long double>(longest.count())) return std::nullopt;
  return arrival{duration(static_cast<std::int64_t>(std::llround(at)))};
}

double uniform(random_source& random) {
  return static_cast<double>((random.next() >> 11) + 1) * 0x1p-53;
}

duration exponential(duration mean, random_source& random) {
  return duration(std::llround(static_cast<double>(mean.count()) * -std::log(uniform(random))));
}

}  // namespace anytls::simulate
