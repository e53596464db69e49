#pragma once
// The one admission_core of a server, for all its threads, and the tickets of whoever was let in.

#include "base/asio.h"
#include "base/random.h"
#include "server/admission_core.h"

#include <memory>
#include <mutex>

namespace anytls::server {

/// Thread-safe. The mutex is held for a look into a table, once when a connection comes and once
/// when it has authenticated.
class admission : public std::enable_shared_from_this<admission> {
 public:
  /// Private sources are reverse proxies and container networks, behind which all clients have one
  /// address; they are let in up to the total, unless `limit_private`.
  admission(const admission_options& options, bool limit_private, random_source& random);

  /// Leaves when it is destroyed.
  class ticket {
   public:
    ticket(std::shared_ptr<admission> home, std::optional<source_key> from)
        : home_(std::move(home)), from_(from) {}
    ticket(ticket&&) = default;
    ticket& operator=(ticket&&) = delete;
    ~ticket() { leave(departure::gone); }

    /// What it counts as if nothing else is said before the end.
    void failed() noexcept { how_ = departure::failed; }
    void authenticated() { leave(departure::authenticated); }

   private:
    void leave(departure otherwise);

    std::shared_ptr<admission> home_;  ///< null = has left, or was moved from
    std::optional<source_key> from_;
    std::optional<departure> how_;
  };

  /// A ticket, or none and `why`. Without an address (a load balancer has not told it yet) it
  /// counts in the total only.
  std::optional<ticket> arrive(admission_verdict& why) { return admit(std::nullopt, why); }
  std::optional<ticket> arrive(const asio::ip::address& from, admission_verdict& why);

  std::uint32_t pending() const;

 private:
  std::optional<ticket> admit(const std::optional<source_key>& key, admission_verdict& why);

  const bool limit_private_;
  mutable std::mutex mutex_;
  admission_core core_;
};

}  // namespace anytls::server
