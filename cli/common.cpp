#include "common.h"

#include "app/startup_error.h"
#include "config/duration.h"

#include <CLI/Validators.hpp>

#include <charconv>
#include <thread>

namespace anytls::cli {

void add_common(CLI::App& app, common_options& options) {
  app.add_option("--log-level", options.log_level, "trace, debug, info, warn, error, fatal or off")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "fatal", "off"}))
      ->capture_default_str();
  app.add_option("--threads", options.threads, "worker threads; 0 = one for each core")
      ->check(CLI::Range(0, 1024));
}

log::level parse_level(const std::string& name) {
  static constexpr const char* names[] = {"trace", "debug", "info", "warn",
                                          "error", "fatal", "off"};
  for (int i = 0; i < 7; ++i)
    if (name == names[i]) return static_cast<log::level>(i);
  return log::level::info;
}

std::pair<std::string, std::uint16_t> split_host_port(const std::string& text, const char* what) {
  const auto colon = text.rfind(':');
  std::uint16_t port = 0;
  if (colon != std::string::npos) {
    const auto* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data() + colon + 1, end, port);
    std::string host = text.substr(0, colon);
    const bool bracketed = host.size() > 1 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    const bool plausible = bracketed || host.find(':') == std::string::npos;
    if (error == std::errc() && at == end && plausible) return {host, port};
  }
  throw app::startup_error(std::string(what) + ": " + text +
                           " is not HOST:PORT; write for example 127.0.0.1:1080 or [::]:8443");
}

std::pair<std::string, std::uint16_t> split_server(const std::string& text, const char* what) {
  auto out = split_host_port(text, what);
  if (out.first.empty())
    throw app::startup_error(std::string(what) + ": the server's name or address is missing");
  if (out.second == 0)
    throw app::startup_error(std::string(what) + ": " + text +
                             ": no server has port 0; write 1 to 65535");
  return out;
}

void parse_duration_flag(const char* flag, const std::string& text, duration& value) {
  if (text.empty()) return;
  const auto parsed = config::parse_duration(text);
  if (parsed.error != config::duration_error::none)
    throw app::startup_error(std::string(flag) + ": \"" + text + "\" is not a duration; write " +
                             config::suggest_duration(text).value_or("for example 30s"));
  value = parsed.value;
}

int run_config(const config::config& c, std::size_t threads,
               const std::function<void(const app::application&)>& bound) {
  log::configure(c.log);
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  app::application running(c, threads);
  if (bound) bound(running);
  for (const auto& line : running.listening()) log::info("{}", line);
  running.run(true);
  return 0;
}

}  // namespace anytls::cli
