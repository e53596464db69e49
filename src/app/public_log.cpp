#include "anytls/log.h"
#include "base/log.h"

namespace anytls {

void set_log_handler(std::function<void(log_level, std::string_view)> handler,
                     log_level threshold) {
  log::set_handler({});
  log::settings settings;
  settings.threshold = static_cast<log::level>(threshold);
  log::configure(settings);
  if (!handler) return;
  log::set_handler([handler = std::move(handler)](log::level l, std::string_view line) {
    handler(static_cast<log_level>(l), line);
  });
}

static_assert(static_cast<int>(log_level::trace) == static_cast<int>(log::level::trace) &&
              static_cast<int>(log_level::off) == static_cast<int>(log::level::off));

}  // namespace anytls
