#pragma once
// Tells when the host has slept, and when its addresses, links or routes have changed: nobody else
// tells that connections have become worthless.

#include "base/asio.h"
#include "base/result.h"
#include "net/sleep_detector.h"

#include <functional>
#include <memory>
#include <string_view>

namespace anytls::net {

/// How long the host has slept since it was started: CLOCK_BOOTTIME goes on meanwhile, the
/// monotonic clock does not. Any thread; costs as much as asking for the time twice.
duration time_asleep() noexcept;

/// Belongs to the thread of its io_context.
class host_watch {
 public:
  struct handlers {
    std::function<void(std::string_view why)> slept;
    /// Something has changed; whether it matters is for the hearer to find out (route_lookup.h).
    std::function<void()> network;
  };
  /// Where the kernel gives no netlink socket (a sandbox), only sleep is told.
  host_watch(asio::io_context& context, handlers tell);
  ~host_watch();

  void start();
  void stop() noexcept;

 private:
  struct state;
  std::shared_ptr<state> state_;  ///< shared with handlers under way
};

}  // namespace anytls::net
