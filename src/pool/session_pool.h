#pragma once
// The sessions of one outbound, carried out: pool_policy decides, this makes, hands out, watches
// and closes. One pool, whatever the number of threads: a short mutex guards the policy, while each
// session is touched only by the thread that owns it.
//
// Flow of a request: reserve() on any thread (an idle session, or none) -> the caller goes to that
// session's thread
// -> claim() -> session.open(). Without one: connect() dials, authenticates and leaves the preamble
// queued, so that it leaves together with the first stream. Flow ahead of use: the policy says how
// many -> each is made on one of the threads -> it joins the idle pool.

#include "base/asio.h"
#include "base/digest.h"
#include "base/random.h"
#include "base/transport.h"
#include "pool/pool_log.h"
#include "pool/pool_options.h"
#include "pool/pool_policy.h"
#include "session/session.h"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace anytls::pool {

class session_pool {
 public:
  /// Makes an established TLS connection to the server, on the given thread.
  using dialer = std::function<task<result<std::unique_ptr<transport>>>(asio::io_context&)>;

  /// `name`: how messages name the outbound. `threads`: where sessions made ahead of use may live;
  /// the first one runs the checks.
  session_pool(std::string name, const pool_options& options, log_words words,
               const sha256_digest& password_hash, dialer dial,
               std::vector<asio::io_context*> threads);
  ~session_pool();

  /// Begins to keep the pool warm. Once, before or while the threads run.
  void start();

  /// An idle session that was set aside. Given back if it is not claimed.
  class reservation {
   public:
    reservation() = default;
    reservation(session_pool& pool, asio::io_context& context, sequence seq)
        : pool_(pool.self_), context_(&context), seq_(seq) {}
    reservation(reservation&& other) noexcept { *this = std::move(other); }
    reservation& operator=(reservation&& other) noexcept;
    ~reservation() { give_back(); }

    explicit operator bool() const noexcept { return pool_ != nullptr; }
    asio::io_context& context() const noexcept { return *context_; }

   private:
    friend class session_pool;
    void give_back() noexcept;
    std::shared_ptr<session_pool*>
        pool_;  ///< null inside once the pool has ended: a program's end keeps no order
    asio::io_context* context_ = nullptr;
    sequence seq_ = 0;
  };

  /// Any thread. `only`: accept no session of another thread.
  reservation reserve(asio::io_context* only = nullptr);

  /// On the reservation's thread. Null if the session has ended meanwhile.
  session::session* claim(reservation&& which);

  /// A new session on this thread, in use; its preamble is queued, not sent.
  task<result<session::session*>> connect(asio::io_context& here);

  /// Any thread. Closes idle sessions and makes no more; those in use close when their stream ends.
  void shut_down();

  /// Any thread.
  pool_policy::counts count();

 private:
  struct pooled;
  struct shard;
  using lock = std::lock_guard<std::mutex>;

  shard& shard_of(asio::io_context& context);
  session::session* adopt(shard& home, sequence seq, std::unique_ptr<transport> connection,
                          std::shared_ptr<const protocol::padding_scheme> scheme, bool send_now);
  task<> create_ahead(shard& home, std::size_t number);
  void carry_out(const pool_actions& actions);
  void rearm();
  void on_timer();
  void arm_pulse(shard& home);
  void check_pulses(shard& home);

  void on_idle(pooled& which);
  void on_heard(pooled& which);
  void on_version(int version);
  void on_round_trip(duration rtt);
  void on_silence();
  void on_scheme(const std::string& raw);
  void on_closed(pooled& which, session::close_reason reason, error_code error);

  const std::shared_ptr<session_pool*> self_ = std::make_shared<session_pool*>(this);
  const std::string name_;
  const pool_options options_;
  const log_words words_;
  const sha256_digest password_hash_;
  const std::string client_text_;
  dialer dial_;
  system_random policy_random_;
  std::vector<std::unique_ptr<shard>> shards_;  // one for each thread, fixed
  timer timer_;                                 // the first thread's

  std::mutex mutex_;  // guards what follows; held for a few lines, never across a suspension
  pool_policy policy_;
  std::shared_ptr<const protocol::padding_scheme> scheme_;
  session::session::server_facts server_;
  error_code last_failure_;
  std::size_t next_shard_ = 0;
  bool started_ = false;
  bool shut_down_ = false;
  time_point last_warning_{};
  time_point armed_for_ = time_point::max();
};

}  // namespace anytls::pool
