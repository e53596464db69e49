#pragma once
// Who may use an AnyTLS server. Looked up by a digest keyed with a secret drawn at start, so that
// the time of a look-up says nothing about a hash; the hash itself is then compared in constant
// time.

#include "base/bytes.h"
#include "base/digest.h"
#include "base/random.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace anytls::server {

struct user {
  explicit user(std::string n) : name(std::move(n)) {}
  const std::string name;                 ///< may be empty
  std::atomic<std::uint32_t> streams{0};  ///< live ones, of all its sessions
};

/// A stream of a user, counted while this lives. Used on any thread.
class stream_slot {
 public:
  /// None where the user has `most` already; 0 = no limit.
  static std::optional<stream_slot> take(std::shared_ptr<user> of, std::uint32_t most);
  stream_slot(stream_slot&&) = default;
  stream_slot& operator=(stream_slot&&) = delete;
  ~stream_slot() {
    if (user_) user_->streams.fetch_sub(1, std::memory_order_relaxed);
  }

 private:
  explicit stream_slot(std::shared_ptr<user> of) : user_(std::move(of)) {}
  std::shared_ptr<user> user_;
};

/// Built once, then read by all threads.
class user_table {
 public:
  explicit user_table(random_source& random);

  /// The last of two users with one password counts.
  void add(std::string name, std::string_view password);

  /// `hash`: the 32 bytes of the preamble. Null for nobody.
  std::shared_ptr<user> find(bytes_view hash) const;

  std::size_t size() const noexcept { return users_.size(); }

 private:
  struct entry {
    sha256_digest hash;
    std::shared_ptr<user> who;
  };
  struct first_bytes {
    std::size_t operator()(const sha256_digest& d) const noexcept;
  };
  sha256_digest key(bytes_view hash) const;

  bytes secret_;
  std::unordered_map<sha256_digest, entry, first_bytes> users_;
};

}  // namespace anytls::server
