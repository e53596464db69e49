#pragma once
// The log seam. Modules say what happened; where it goes (stderr, a file, nowhere) is decided at
// composition. Thread-safe. Formatting is paid only where the level is on.

#include <fmt/format.h>

#include <functional>
#include <string>
#include <string_view>

namespace anytls::log {

/// Names as sing-box has them. mihomo's `silent` is `off`.
enum class level { trace, debug, info, warn, error, fatal, off };

struct settings {
  level threshold = level::info;
  bool timestamp = true;
  std::string output;  ///< empty = standard error, else a file that is appended to
};

/// False where the output file cannot be opened (standard error is used then).
bool configure(const settings& s);

bool enabled(level l) noexcept;
/// Control characters, and bytes that are no UTF-8, become '?'.
void write(level l, std::string_view message);

/// Sends lines to `handler` instead of the configured output (tests, users of the library). Empty =
/// back.
void set_handler(std::function<void(level, std::string_view)> handler);

template <typename... Args>
void at(level l, fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(l)) write(l, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  at(level::debug, format, std::forward<Args>(args)...);
}
template <typename... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  at(level::info, format, std::forward<Args>(args)...);
}
template <typename... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  at(level::warn, format, std::forward<Args>(args)...);
}
template <typename... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  at(level::error, format, std::forward<Args>(args)...);
}

}  // namespace anytls::log
