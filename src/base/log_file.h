#pragma once
// The file under the log. A disk that is full must neither end nor block the program nor go
// unnoticed: lines that cannot be written are counted, and the count is written when there is room
// again.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace anytls::log {

/// Not thread-safe. Each line is one write(), so that other writers of the file do not cut it.
class log_file {
 public:
  /// Opens for appending; null where that fails.
  static std::unique_ptr<log_file> open(const std::string& path);
  ~log_file();
  log_file(const log_file&) = delete;
  log_file& operator=(const log_file&) = delete;

  /// `line` with its line break.
  void write(std::string_view line);

  std::uint64_t lost() const noexcept { return lost_; }

 private:
  explicit log_file(int fd) : fd_(fd) {}
  bool put(std::string_view text);

  int fd_;
  std::uint64_t lost_ = 0;  ///< lines since the last one that could be written
  bool cut_ = false;        ///< the last line is there in part
};

}  // namespace anytls::log
