#include "config/report.h"

#include <fmt/format.h>

#include <utility>

namespace anytls::config {
namespace {

/// "proxies[12].udp" and "proxies[3].udp" are the same place for a warning.
std::string without_indices(std::string_view path) {
  std::string out;
  bool inside = false;
  for (const char c : path) {
    if (c == ']') inside = false;
    if (!inside) out += c;
    if (c == '[') inside = true;
  }
  return out;
}

}  // namespace

report::report(std::string_view file_name) : file_name_(file_name) {}

void report::error(std::string_view path, std::uint32_t line, std::string_view sentence) {
  ++errors_;
  add(severity::error, path, line, sentence);
}

void report::warning(std::string_view path, std::uint32_t line, std::string_view sentence) {
  auto [place, fresh] =
      warned_.try_emplace(fmt::format("{}\n{}", without_indices(path), sentence), entries_.size());
  if (!fresh) {
    if (place->second < entries_.size()) ++entries_[place->second].repeats;
    return;
  }
  add(severity::warning, path, line, sentence);
}

void report::add(severity s, std::string_view path, std::uint32_t line, std::string_view sentence) {
  // The first error always finds a place: without it nobody would know why there is no config.
  if (entries_.size() >= most_messages && !(s == severity::error && errors_ == 1)) {
    left_out_ = true;
    return;
  }
  std::string text = file_name_;
  if (!path.empty()) fmt::format_to(std::back_inserter(text), ": {}", path);
  if (line != 0)
    fmt::format_to(std::back_inserter(text), "{}line {}{}", path.empty() ? ": " : " (", line,
                   path.empty() ? "" : ")");
  fmt::format_to(std::back_inserter(text), ": {}", sentence);
  entries_.push_back({s, std::move(text), 0});
}

std::vector<message> report::take() {
  std::vector<message> out;
  out.reserve(entries_.size() + 1);
  for (auto& e : entries_) {
    if (e.repeats == 1) e.text += " (and in 1 other place)";
    if (e.repeats > 1)
      fmt::format_to(std::back_inserter(e.text), " (and in {} other places)", e.repeats);
    out.push_back({e.severity, std::move(e.text)});
  }
  if (left_out_)
    out.push_back(
        {errors_ != 0 ? severity::error : severity::warning,
         fmt::format("{}: there is more; these were the first {}", file_name_, most_messages)});
  entries_.clear();
  return out;
}

}  // namespace anytls::config
