#pragma once
// The sessions of one outbound. One pool, whatever the number of threads: a short mutex guards the policy, while
// each session is touched only by the thread that owns it.
//
// Flow of a request: reserve() on any thread (an idle session, or none) -> the caller goes to that session's thread
// -> claim() -> session.open(). Without one: connect() dials, authenticates and leaves the preamble queued, so that
// it leaves together with the first stream.

#include "base/asio.h"
#include "base/digest.h"
#include "base/random.h"
#include "base/transport.h"
#include "pool/pool_options.h"
#include "pool/pool_policy.h"
#include "session/session.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace anytls::pool {

class session_pool {
 public:
  /// Makes an established TLS connection to the server, on the given thread.
  using dialer = std::function<task<result<std::unique_ptr<transport>>>(asio::io_context&)>;

  /// `name`: how messages name the outbound. `home`: the thread of the checks.
  session_pool(std::string name, const pool_options& options, const sha256_digest& password_hash, dialer dial,
               asio::io_context& home);
  ~session_pool();

  /// An idle session that was set aside. Given back if it is not claimed.
  class reservation {
   public:
    reservation() = default;
    reservation(session_pool& pool, asio::io_context& context, sequence seq)
        : pool_(&pool), context_(&context), seq_(seq) {}
    reservation(reservation&& other) noexcept { *this = std::move(other); }
    reservation& operator=(reservation&& other) noexcept;
    ~reservation() { give_back(); }

    explicit operator bool() const noexcept { return pool_ != nullptr; }
    asio::io_context& context() const noexcept { return *context_; }

   private:
    friend class session_pool;
    void give_back() noexcept;
    session_pool* pool_ = nullptr;
    asio::io_context* context_ = nullptr;
    sequence seq_ = 0;
  };

  /// Any thread. `only`: accept no session of another thread.
  reservation reserve(asio::io_context* only = nullptr);

  /// On the reservation's thread. Null if the session has ended meanwhile.
  session::session* claim(reservation&& which);

  /// A new session on this thread, in use; its preamble is queued, not sent.
  task<result<session::session*>> connect(asio::io_context& here);

  /// Any thread. Closes idle sessions; those in use close when their stream ends.
  void shut_down();

  struct counts {
    std::size_t idle;
    std::size_t active;
  };
  counts count();

 private:
  struct pooled;
  struct shard;

  shard& shard_of(asio::io_context& context);
  void arm_check();
  void check();
  void close_on_its_thread(std::size_t place, sequence seq, session::close_reason reason);
  void put_back(pooled& which);
  void on_closed(pooled& which, session::close_reason reason, error_code error);
  void use_scheme(const std::string& raw);
  std::shared_ptr<const protocol::padding_scheme> scheme();

  const std::string name_;
  const pool_options options_;
  const sha256_digest password_hash_;
  const std::string client_text_;
  dialer dial_;
  asio::io_context& home_;
  timer check_timer_;
  bool check_armed_ = false;  // home's thread only

  std::mutex mutex_;  // guards what follows; held for a few lines, never across a suspension
  pool_policy policy_;
  std::vector<std::unique_ptr<shard>> shards_;
  std::shared_ptr<const protocol::padding_scheme> scheme_;
  bool shutting_down_ = false;
  time_point last_password_warning_{};
};

}  // namespace anytls::pool
