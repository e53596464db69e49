#pragma once
// A server's context that follows its files: certbot and its like replace them while we run.
//
// Flow: a thread of its own looks at the files every two seconds (nothing else may be blocked by a
// disk, or by a network that stands in for one) -> something is different -> the same difference
// twice, so that nobody is still writing -> a new context is made -> new connections get that one.
// What runs keeps the one it has. What cannot be loaded leaves the old one in place and is said
// once.
//
// Files are looked at by their names: renamed over, written in place or behind a link that points
// elsewhere now, it is the same to this. inotify would have to watch every folder on the way, and
// still hear nothing on a network's file system.

#include "base/clock.h"
#include "tls/context.h"

#include <sys/types.h>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <optional>
#include <thread>

namespace anytls::tls {

class live_server_context {
 public:
  static constexpr duration usual_interval = 2s;

  /// Errors as of server_context::make(). `name`: for the log. Without files there is no thread.
  static result<std::shared_ptr<live_server_context>> make(std::string name, server_options options,
                                                           duration interval = usual_interval);
  ~live_server_context();
  live_server_context(const live_server_context&) = delete;
  live_server_context& operator=(const live_server_context&) = delete;

  /// For one connection. Any thread; locked for as long as a pointer is copied.
  std::shared_ptr<server_context> current() const;

 private:
  struct stamp {
    dev_t device = 0;
    ino_t file = 0;
    off_t size = 0;
    timespec written{}, changed{};
    bool operator==(const stamp& other) const noexcept;
  };
  using stamps = std::vector<stamp>;

  live_server_context(std::string name, server_options options);
  stamps look() const;
  void follow(const std::stop_token& stop, duration interval);
  void consider();
  bool reload();

  const std::string name_;
  const server_options options_;
  const std::vector<std::string> files_;

  // Only of the thread.
  stamps loaded_;                 // what was looked at last: in use, or known to be of no use
  std::optional<stamps> coming_;  // seen once
  bool warned_ = false;

  mutable std::mutex mutex_;
  std::condition_variable_any ended_;
  std::shared_ptr<server_context> current_;  // guarded by mutex_
  std::jthread thread_;
};

}  // namespace anytls::tls
