#include "base/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <mutex>

namespace anytls::log {
namespace {

struct state {
  std::atomic<level> threshold{level::info};
  std::mutex mutex;
  std::shared_ptr<spdlog::logger> logger;
  std::function<void(level, std::string_view)> handler;
};

// Never destroyed: threads may log while the process ends.
state& the() {
  static auto* instance = new state;
  return *instance;
}

spdlog::level::level_enum to_spdlog(level l) {
  switch (l) {
    case level::trace: return spdlog::level::trace;
    case level::debug: return spdlog::level::debug;
    case level::info: return spdlog::level::info;
    case level::warn: return spdlog::level::warn;
    case level::error: return spdlog::level::err;
    case level::fatal: return spdlog::level::critical;
    case level::off: break;
  }
  return spdlog::level::off;
}

const char* word(level l) {
  static constexpr const char* words[] = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", ""};
  return words[static_cast<int>(l)];
}

std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink, bool timestamp) {
  auto logger = std::make_shared<spdlog::logger>("anytls", std::move(sink));
  logger->set_level(spdlog::level::trace);
  logger->flush_on(spdlog::level::trace);
  logger->set_pattern(timestamp ? "%Y-%m-%d %H:%M:%S.%e %v" : "%v");
  // A full disk under the log must not end or flood the program.
  logger->set_error_handler([](const std::string&) {});
  return logger;
}

}  // namespace

bool configure(const settings& s) {
  auto& my = the();
  std::lock_guard lock(my.mutex);
  bool opened = true;
  spdlog::sink_ptr sink;
  if (!s.output.empty()) {
    try {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(s.output);
    } catch (const spdlog::spdlog_ex&) {
      opened = false;
    }
  }
  if (!sink) sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  my.logger = make_logger(std::move(sink), s.timestamp);
  my.threshold.store(s.threshold, std::memory_order_relaxed);
  return opened;
}

bool enabled(level l) noexcept { return l >= the().threshold.load(std::memory_order_relaxed); }

void write(level l, std::string_view message) {
  auto& my = the();
  std::shared_ptr<spdlog::logger> logger;
  std::function<void(level, std::string_view)> handler;
  {
    std::lock_guard lock(my.mutex);
    if (!my.logger && !my.handler)
      my.logger = make_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>(), true);
    logger = my.logger;
    handler = my.handler;
  }
  if (handler) return handler(l, message);
  logger->log(to_spdlog(l), "[{}] {}", word(l), message);
}

void set_handler(std::function<void(level, std::string_view)> handler) {
  auto& my = the();
  std::lock_guard lock(my.mutex);
  my.handler = std::move(handler);
}

}  // namespace anytls::log
