#include "base/log.h"

#include "base/log_file.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
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
    case level::trace:
      return spdlog::level::trace;
    case level::debug:
      return spdlog::level::debug;
    case level::info:
      return spdlog::level::info;
    case level::warn:
      return spdlog::level::warn;
    case level::error:
      return spdlog::level::err;
    case level::fatal:
      return spdlog::level::critical;
    case level::off:
      break;
  }
  return spdlog::level::off;
}

const char* word(level l) {
  static constexpr const char* words[] = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", ""};
  return words[static_cast<int>(l)];
}

bool is_plain(char c) noexcept { return c >= 0x20 && c < 0x7f; }

// Bytes of the character that `text` begins with; 0 = it is a control character or no valid UTF-8.
std::size_t character(std::string_view text) noexcept {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = at(0);
  if (first < 0x80) return is_plain(text[0]) ? 1 : 0;
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return 0;
  unsigned code = first & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((at(i) & 0xc0) != 0x80) return 0;
    code = code << 6 | (at(i) & 0x3f);
  }
  static constexpr unsigned smallest[] = {0, 0, 0xa0, 0x800,
                                          0x10000};  // 0x80 to 0x9f control terminals
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  return code < smallest[size] || code > 0x10ffff || surrogate ? 0 : size;
}

// Peers write into messages: none of them may forge a line or steer a terminal.
std::string printable(std::string_view message) {
  std::string out;
  out.reserve(message.size());
  while (!message.empty()) {
    const auto size = character(message);
    if (size == 0)
      out += '?';
    else
      out += message.substr(0, size);
    message.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out;
}

class file_sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit file_sink(std::unique_ptr<log_file> file) : file_(std::move(file)) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& what) override {
    spdlog::memory_buf_t line;
    formatter_->format(what, line);
    file_->write({line.data(), line.size()});
  }
  void flush_() override {}

 private:
  const std::unique_ptr<log_file> file_;
};

std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink, bool timestamp) {
  auto logger = std::make_shared<spdlog::logger>("anytls", std::move(sink));
  logger->set_level(spdlog::level::trace);
  logger->flush_on(spdlog::level::trace);
  logger->set_pattern(timestamp ? "%Y-%m-%d %H:%M:%S.%e %v" : "%v");
  // Nor must a standard error that cannot be written to end or flood the program.
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
    auto file = log_file::open(s.output);
    opened = file != nullptr;
    if (file) sink = std::make_shared<file_sink>(std::move(file));
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
  std::string cleaned;
  if (!std::all_of(message.begin(), message.end(), is_plain))
    message = cleaned = printable(message);
  if (handler) return handler(l, message);
  logger->log(to_spdlog(l), "[{}] {}", word(l), message);
}

void set_handler(std::function<void(level, std::string_view)> handler) {
  auto& my = the();
  std::lock_guard lock(my.mutex);
  my.handler = std::move(handler);
}

}  // namespace anytls::log
