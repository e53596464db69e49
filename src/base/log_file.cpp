#include "base/log_file.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>

namespace anytls::log {

std::unique_ptr<log_file> log_file::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  return fd < 0 ? nullptr : std::unique_ptr<log_file>(new log_file(fd));
}

log_file::~log_file() { ::close(fd_); }

bool log_file::put(std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(fd_, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    cut_ = static_cast<std::size_t>(n) < text.size();
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

void log_file::write(std::string_view line) {
  if (lost_ == 0) {
    if (!put(line)) ++lost_;
    return;
  }
  const auto report =
      fmt::format("{}[WARN] {} lines of this log were lost: they could not be written\n",
                  cut_ ? "\n" : "", lost_);
  if (put(report)) lost_ = 0;
  if (lost_ != 0 || !put(line)) ++lost_;
}

}  // namespace anytls::log
