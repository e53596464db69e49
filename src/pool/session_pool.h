#pragma once
// The sessions of one outbound, carried out: pool_policy decides, this makes, hands out, watches
// and closes. One pool, whatever the number of threads: a short mutex guards the policy, while each
// session is touched only by the thread that owns it.
//
// Flow of a request (request_stream): reserve() on any thread (an idle session, or none) -> the
// caller goes to that session's thread -> claim() -> session.open(). Without one: connect_request
// dials, authenticates and leaves the preamble queued, so that it leaves together with the first
// stream. Flow ahead of use: the policy says how many -> each is made on one of the threads -> it
// joins the idle pool.

#include "base/asio.h"
#include "base/digest.h"
#include "base/random.h"
#include "base/transport.h"
#include "pool/dial_gate.h"
#include "pool/hedge_core.h"
#include "pool/pool_counters.h"
#include "pool/pool_log.h"
#include "pool/pool_options.h"
#include "pool/pool_policy.h"
#include "pool/round_trip.h"
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
  /// Makes an established TLS connection to the server, on the given thread. TCP has to be
  /// connected within the duration.
  using dialer =
      std::function<task<result<std::unique_ptr<transport>>>(asio::io_context&, duration)>;

  struct parts {
    std::string name;  ///< how messages name the outbound
    log_words words = log_words::sing_box;
    sha256_digest password_hash{};
    dialer dial;
    duration connect_timeout = 5s;           ///< how long a request waits for a connection
    std::vector<asio::io_context*> threads;  ///< where sessions may live; the first runs the checks
  };
  session_pool(parts with, const pool_options& options);
  ~session_pool();

  /// Begins to keep the pool warm. Once, before or while the threads run.
  void start();

  /// An idle session that was set aside. Given back if it is not claimed.
  class reservation {
   public:
    reservation() = default;
    reservation(session_pool& pool, asio::io_context& context, sequence seq, bool fresh)
        : pool_(pool.self_), context_(&context), seq_(seq), fresh_(fresh) {}
    reservation(reservation&& other) noexcept { *this = std::move(other); }
    reservation& operator=(reservation&& other) noexcept;
    ~reservation() { give_back(); }

    explicit operator bool() const noexcept { return pool_ != nullptr; }
    asio::io_context& context() const noexcept { return *context_; }
    /// It has shown life of late; else ask it before it gets the only copy of anything.
    bool fresh() const noexcept { return fresh_; }

   private:
    friend class session_pool;
    void give_back() noexcept;
    std::shared_ptr<session_pool*>
        pool_;  ///< null inside once the pool has ended: a program's end keeps no order
    asio::io_context* context_ = nullptr;
    sequence seq_ = 0;
    bool fresh_ = false;
  };

  /// Any thread. `only`: accept no session of another thread; `fresh`: and no stale one.
  reservation reserve(asio::io_context* only = nullptr, bool fresh = false);

  /// A session in use by its caller, until its last stream ends.
  struct claimed {
    session::session* session = nullptr;
    sequence seq = 0;
    explicit operator bool() const noexcept { return session != nullptr; }
  };

  /// On the reservation's thread. None if the session has ended meanwhile.
  claimed claim(reservation&& which);

  /// A request's wish for a session that shows life: see connect_request.h.
  class connect_request;

  /// On the session's thread: it showed no life when asked to and another was faster. It is handed
  /// out again when it has, or closed.
  void doubt(asio::io_context& here, sequence seq);

  /// Any thread. The host has slept, or its way to the server has changed: every idle session has
  /// to show life.
  void network_changed(std::string_view why);

  struct server_view {
    hedge_facts hedge;
    session::session::server_facts facts;
    duration suspect_after = 250ms;
    duration condemn_after = 3s;
  };
  /// Any thread: whether a session that has last shown life then may be trusted.
  bool fresh(time_point heard_at);
  /// Any thread: what is known of the server.
  server_view server();

  /// Any thread. Closes idle sessions and makes no more; those in use close when their stream ends.
  void shut_down();

  /// Any thread.
  pool_policy::counts count();
  const pool_options& options() const noexcept { return options_; }
  const std::string& name() const noexcept { return name_; }
  /// May be read and bumped from any thread.
  pool_counters& counters() noexcept { return counters_; }
  /// Null inside once the pool has ended.
  const std::shared_ptr<session_pool*>& handle() const noexcept { return self_; }

 private:
  struct pooled;
  struct shard;
  /// Without a heartbeat only TCP is asked, about sessions in use.
  static constexpr duration path_check_interval = 5s;
  using lock = std::lock_guard<std::mutex>;

  shard& shard_of(asio::io_context& context);
  session::session* adopt(shard& home, sequence seq, std::unique_ptr<transport> connection,
                          std::shared_ptr<const protocol::padding_scheme> scheme, bool send_now);
  void join(shard& home, std::unique_ptr<transport> connection, time_point began,
            std::size_t number);
  void creation_failed(error_code why, time_point began);
  void server_reached(const transport& connection, duration took);
  void spawn_dial(shard& home, std::function<task<>()> dialling);
  task<> create_ahead(shard& home, std::size_t number);
  void carry_out(const pool_actions& actions);
  void rearm();
  void on_timer();
  duration heartbeat_tick() const;
  void arm_pulse(shard& home);
  void arm_pulse_for_new(shard& home);
  void arm_pulse_in(shard& home, duration wait);
  void check_pulses(shard& home);
  void probe_idle(shard& home);
  void ask_again_at(time_point when);
  duration life_patience() const noexcept;

  void distrust();
  void on_idle(pooled& which);
  void on_alive(pooled& which);
  void on_heard(pooled& which);
  void on_version(int version);
  void on_round_trip(duration rtt, bool with_target);
  void on_silence();
  void on_scheme(const std::string& raw);
  void on_closed(pooled& which, session::close_reason reason, error_code error);

  const std::shared_ptr<session_pool*> self_ = std::make_shared<session_pool*>(this);
  const parts with_;
  const std::string& name_ = with_.name;
  const pool_options options_;
  const std::string client_text_;
  system_random policy_random_;
  pool_counters counters_;
  std::vector<std::unique_ptr<shard>> shards_;  // one for each thread, fixed
  timer timer_;                                 // the first thread's
  timer network_timer_;                         // likewise

  std::mutex mutex_;  // guards what follows; held for a few lines, never across a suspension
  pool_policy policy_;
  std::shared_ptr<const protocol::padding_scheme> scheme_;
  round_trip round_trip_;
  session::session::server_facts server_;
  bool server_proven_ = false;
  dial_gate gate_;
  std::vector<std::weak_ptr<connect_request>> connecting_;
  error_code last_failure_;
  std::size_t next_shard_ = 0;
  bool started_ = false;
  bool shut_down_ = false;
  time_point last_warning_{};
  time_point network_changed_at_{};
  bool network_change_waits_ = false;
  time_point armed_for_ = time_point::max();
};

}  // namespace anytls::pool
