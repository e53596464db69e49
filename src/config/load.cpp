#include "config/load.h"

#include "config/mihomo_yaml.h"
#include "config/report.h"
#include "config/sing_box_json.h"
#include "config/validate.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <memory>
#include <system_error>

namespace anytls::config {
namespace {

/// A configuration is text that somebody wrote: larger than this is a mistake (or /dev/zero).
constexpr std::size_t largest_file = 64 * 1024 * 1024;

/// The first character that is neither space nor comment, of either form; 0 at the end.
char first_significant(std::string_view text) noexcept {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  while (!text.empty()) {
    const char c = text[0];
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      text.remove_prefix(1);
    } else if (c == '#' || text.starts_with("//")) {
      const auto end = text.find('\n');
      if (end == std::string_view::npos) return '\0';
      text.remove_prefix(end + 1);
    } else if (text.starts_with("/*")) {
      const auto end = text.find("*/", 2);
      if (end == std::string_view::npos)
        return '{';  // only JSON has these: its reader says what is wrong
      text.remove_prefix(end + 2);
    } else {
      return c;
    }
  }
  return '\0';
}

loaded failed(std::string_view file_name, std::string_view why) {
  return {std::nullopt, {{severity::error, fmt::format("{}: {}", file_name, why)}}};
}

}  // namespace

loaded load_text(std::string_view file_name, std::string_view text) {
  try {
    report out(file_name);
    const char first = first_significant(text);
    if (first == '\0') return failed(file_name, "the file is empty");
    config made = first == '{' ? read_sing_box(text, out) : read_mihomo(text, out);
    if (!made.outbounds.empty() || !made.inbounds.empty() || !out.has_errors()) validate(made, out);
    const bool good = !out.has_errors();
    loaded result{std::nullopt, out.take()};
    if (good) result.value = std::move(made);
    return result;
  } catch (const std::exception&) {  // out of memory; everything else is a message by now
    return failed(file_name, "cannot be read");
  }
}

loaded load_file(const std::string& path) {
  const bool standard_input = path == "-";
  const std::string name = standard_input ? "standard input" : path;
  const auto close = [](std::FILE* f) {
    if (f != stdin) std::fclose(f);
  };
  std::unique_ptr<std::FILE, decltype(close)> file(
      standard_input ? stdin : std::fopen(path.c_str(), "rb"), close);
  if (!file) return failed(name, std::generic_category().message(errno));
  std::string text;
  char piece[64 * 1024];
  while (const std::size_t n = std::fread(piece, 1, sizeof piece, file.get())) {
    text.append(piece, n);
    if (text.size() > largest_file)
      return failed(name, "larger than 64 MiB: this is not a configuration");
  }
  if (std::ferror(file.get())) return failed(name, std::generic_category().message(errno));
  return load_text(name, text);
}

}  // namespace anytls::config
