#include "pool/session_pool.h"

#include "anytls/version.h"
#include "base/log.h"
#include "protocol/auth.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <atomic>
#include <unordered_map>

namespace anytls::pool {

using session::close_reason;

namespace {

constexpr auto warning_interval = 30s;

// Handshakes ahead of use that the whole process may have in flight: many outbounds start together.
constexpr int max_in_flight_in_process = 64;
std::atomic<int> in_flight{0};

class in_flight_slot {
 public:
  in_flight_slot() = default;
  ~in_flight_slot() {
    if (taken_) in_flight.fetch_sub(1, std::memory_order_relaxed);
  }
  in_flight_slot(const in_flight_slot&) = delete;
  in_flight_slot& operator=(const in_flight_slot&) = delete;

  bool take() noexcept {
    auto n = in_flight.load(std::memory_order_relaxed);
    while (!taken_ && n < max_in_flight_in_process)
      taken_ = in_flight.compare_exchange_weak(n, n + 1, std::memory_order_relaxed);
    return taken_;
  }

 private:
  bool taken_ = false;
};

std::string client_text(const pool_options& options) {
  if (!options.client.empty()) return options.client;
  return std::string(product_name) + "/" + product_version;
}

double seconds(duration d) { return std::chrono::duration<double>(d).count(); }

}  // namespace

/// One session and what the pool knows of it. Lives in the shard of its thread.
struct session_pool::pooled final : session::session_events {
  pooled(session_pool& p, shard& s, sequence n) : pool(p), home(s), seq(n) {}

  void on_idle(session::session&) override { pool.on_idle(*this); }
  void on_heard(session::session&) override { pool.on_heard(*this); }
  void on_peer_version(session::session&, int version) override { pool.on_version(version); }
  void on_round_trip(session::session&, duration rtt) override { pool.on_round_trip(rtt); }
  void on_silence(session::session&) override { pool.on_silence(); }
  void on_scheme(session::session&, const std::string& raw) override { pool.on_scheme(raw); }
  void on_drained(session::session&) override {
    lock hold(pool.mutex_);
    pool.policy_.drained(seq);
  }
  void on_closed(session::session&, close_reason reason, error_code error) override {
    pool.on_closed(*this, reason, error);
  }

  session_pool& pool;
  shard& home;
  sequence seq;
  std::unique_ptr<session::session> driver;
};

/// The sessions of one thread.
struct session_pool::shard {
  shard(asio::io_context& c, std::size_t n) : context(c), place(n), pulse(c) {}
  asio::io_context& context;
  std::size_t place;
  timer pulse;
  bool pulse_armed = false;
  system_random random;
  std::unordered_map<sequence, std::unique_ptr<pooled>> sessions;
};

session_pool::reservation& session_pool::reservation::operator=(reservation&& other) noexcept {
  give_back();
  pool_ = std::exchange(other.pool_, nullptr);
  context_ = other.context_;
  seq_ = other.seq_;
  return *this;
}

void session_pool::reservation::give_back() noexcept {
  const auto holder = std::exchange(pool_, nullptr);
  if (!holder || !*holder) return;
  auto* pool = *holder;
  pool_actions todo;
  {
    lock hold(pool->mutex_);
    todo = pool->policy_.put_back_unused(clock::now(), seq_);
  }
  pool->carry_out(todo);
}

session_pool::session_pool(std::string name, const pool_options& options, log_words words,
                           const sha256_digest& password_hash, dialer dial,
                           std::vector<asio::io_context*> threads)
    : name_(std::move(name)),
      options_(options),
      words_(words),
      password_hash_(password_hash),
      client_text_(client_text(options)),
      dial_(std::move(dial)),
      timer_(*threads.at(0)),
      policy_(options, policy_random_),
      scheme_(
          std::make_shared<protocol::padding_scheme>(protocol::padding_scheme::default_scheme())) {
  for (auto* context : threads)
    shards_.push_back(std::make_unique<shard>(*context, shards_.size()));
}

session_pool::~session_pool() { *self_ = nullptr; }

session_pool::shard& session_pool::shard_of(asio::io_context& context) {
  for (auto& one : shards_)
    if (&one->context == &context) return *one;
  return *shards_.front();  // not reached: sessions are made on the pool's threads only
}

void session_pool::start() {
  pool_actions todo;
  {
    lock hold(mutex_);
    started_ = true;
    todo = policy_.start(clock::now());
  }
  carry_out(todo);
}

// ---------------------------------------------------------------- requests

session_pool::reservation session_pool::reserve(asio::io_context* only) {
  pool_actions todo;
  std::optional<pool_policy::handed_out> taken;
  {
    lock hold(mutex_);
    std::optional<std::size_t> place;
    if (only) place = shard_of(*only).place;
    taken = policy_.take(clock::now(), todo, place);
  }
  carry_out(todo);
  if (!taken) return {};
  return {*this, shards_[taken->place]->context, taken->seq};
}

session::session* session_pool::claim(reservation&& which) {
  which.pool_ = nullptr;
  auto& home = shard_of(which.context());
  const auto found = home.sessions.find(which.seq_);
  if (found == home.sessions.end() || !found->second->driver->idle()) return nullptr;
  found->second->driver->guard_idle(false);
  return found->second->driver.get();
}

task<result<session::session*>> session_pool::connect(asio::io_context& here) {
  {
    lock hold(mutex_);
    if (shut_down_) co_return errc::shutting_down;
  }
  log::debug("[AnyTLS] {}: no sessions available, opening one", name_);
  auto connection = co_await dial_(here);
  if (!connection) co_return connection.error();
  std::shared_ptr<const protocol::padding_scheme> scheme;
  auto& home = shard_of(here);
  sequence seq;
  {
    lock hold(mutex_);
    if (shut_down_) co_return errc::shutting_down;
    seq = policy_.opened(clock::now(), home.place);
    scheme = scheme_;
  }
  co_return adopt(home, seq, std::move(*connection), std::move(scheme), false);
}

session::session* session_pool::adopt(shard& home, sequence seq,
                                      std::unique_ptr<transport> connection,
                                      std::shared_ptr<const protocol::padding_scheme> scheme,
                                      bool send_now) {
  const auto preamble =
      protocol::make_preamble(password_hash_, scheme->preamble_padding(home.random));
  auto made = std::make_unique<pooled>(*this, home, seq);
  made->driver = std::make_unique<session::session>(
      std::move(connection),
      session::session_options{std::move(scheme), client_text_, options_.stream_timeout,
                               options_.half_close_timeout},
      home.random, *made);
  auto* driver = made->driver.get();
  home.sessions.emplace(seq, std::move(made));
  driver->authenticate(preamble, send_now);
  driver->start();
  arm_pulse(home);
  return driver;
}

// ---------------------------------------------------------------- ahead of use

task<> session_pool::create_ahead(shard& home, std::size_t number) {
  const auto began = clock::now();
  result<std::unique_ptr<transport>> connection{std::unique_ptr<transport>()};
  {
    in_flight_slot slot;
    timer turn(home.context);
    while (!slot.take()) {
      turn.expires_after(20ms);
      co_await turn.async_wait(use_result);
    }
    {
      lock hold(mutex_);
      if (shut_down_) co_return policy_.cancelled();
    }
    connection = co_await dial_(home.context);
  }
  pool_actions todo;
  if (!connection) {
    log::debug("[AnyTLS] {}: creating a session ahead of use failed: {}", name_,
               connection.error().message());
    {
      lock hold(mutex_);
      todo = policy_.failed(clock::now(), began);
      if (!todo.empty()) last_failure_ = connection.error();
    }
    co_return carry_out(todo);
  }
  sequence seq;
  bool ask;
  std::shared_ptr<const protocol::padding_scheme> scheme;
  {
    lock hold(mutex_);
    ask = policy_.wants_proof();
    scheme = scheme_;
    seq = policy_.created(clock::now(), began, home.place, todo);
  }
  auto* driver = adopt(home, seq, std::move(*connection), std::move(scheme), !ask);
  driver->guard_idle(true);
  if (ask) driver->ask_for_life();  // the preamble leaves with it
  log::debug("{}", describe_created(seq, number, words_));
  carry_out(todo);
}

void session_pool::carry_out(const pool_actions& actions) {
  const bool telling = log::enabled(log::level::debug);  // a request that refills comes by here
  for (const auto& action : actions) {
    if (auto line = telling ? describe(action, words_) : std::string(); !line.empty())
      log::debug("{}", line);
    if (const auto* close = std::get_if<close_session>(&action)) {
      auto& home = *shards_[close->place];
      asio::post(home.context, [&home, what = *close] {
        const auto found = home.sessions.find(what.seq);
        if (found != home.sessions.end() && found->second->driver->idle())
          found->second->driver->close(what.reason);
      });
    } else if (const auto* create = std::get_if<create_sessions>(&action)) {
      for (std::size_t i = 0; i < create->count; ++i) {
        shard* home;
        {
          lock hold(mutex_);
          home = shards_[next_shard_++ % shards_.size()].get();
        }
        asio::co_spawn(home->context, create_ahead(*home, i + 1), asio::detached);
      }
    } else if (std::get_if<backing_off>(&action)) {
      error_code why;
      {
        lock hold(mutex_);
        why = last_failure_;
        last_warning_ = clock::now();
      }
      log::warn("{}: {}; trying again after growing delays", name_, why.message());
    }
  }
  rearm();
}

// ---------------------------------------------------------------- time

void session_pool::rearm() {
  lock hold(mutex_);
  const auto now = clock::now();
  const auto counts = policy_.count();
  auto next = time_point::max();
  if (started_ && options_.ensure_idle_session > 0) next = policy_.next_refill(now);
  // Nothing to check: no wake-ups.
  if (counts.idle + counts.retiring > 0 || (started_ && options_.ensure_idle_session > 0))
    next = std::min(next, policy_.next_check());
  if (next >= armed_for_) return;
  armed_for_ = next;
  asio::post(shards_.front()->context, [this] {
    // Of several that were posted the last one may not be the soonest.
    {
      lock again(mutex_);
      timer_.expires_at(armed_for_);
    }
    timer_.async_wait([this](error_code ec) {
      if (!ec) on_timer();
    });
  });
}

void session_pool::on_timer() {
  pool_actions todo;
  std::vector<pool_policy::view> before;
  {
    lock hold(mutex_);
    armed_for_ = time_point::max();
    const auto now = clock::now();
    if (log::enabled(log::level::debug)) before = policy_.snapshot(now);
    todo = now >= policy_.next_check() ? policy_.check(now) : policy_.refill(now);
  }
  for (const auto& action : todo) {
    const auto* close = std::get_if<close_session>(&action);
    if (!close || before.empty()) continue;
    const auto at = std::find_if(before.begin(), before.end(),
                                 [&](const auto& v) { return v.seq == close->seq; });
    if (at != before.end())
      log::debug("[AnyTLS] {}: session #{}: idle {:.1f}s, age {:.1f}s, closing: {}", name_, at->seq,
                 seconds(at->idle_for), seconds(at->age), session::name(close->reason));
  }
  carry_out(todo);
}

void session_pool::arm_pulse(shard& home) {
  if (options_.heartbeat <= duration{0} || home.pulse_armed || home.sessions.empty()) return;
  home.pulse_armed = true;
  const auto deadline = options_.heartbeat_timeout.value_or(options_.heartbeat);
  home.pulse.expires_after(
      std::clamp<duration>(std::min(options_.heartbeat / 20, deadline / 4), 10ms, 1s));
  home.pulse.async_wait([this, &home](error_code ec) {
    if (ec) return;
    home.pulse_armed = false;
    check_pulses(home);
    arm_pulse(home);
  });
}

void session_pool::check_pulses(shard& home) {
  session::session::server_facts server;
  {
    lock hold(mutex_);
    server = server_;
  }
  const session::heartbeat_options options{options_.heartbeat, options_.heartbeat_timeout};
  const auto now = clock::now();
  for (auto& [seq, one] : home.sessions) {
    switch (one->driver->check_pulse(now, options, server)) {
      case session::session::pulse::dead:
        one->driver->close(close_reason::heartbeat_timeout, errc::heartbeat_timeout);
        break;
      case session::session::pulse::version_1: {
        lock hold(mutex_);
        if (!std::exchange(server_.version_1, true))
          log::info("{}: the server speaks version 1 of the protocol: no heartbeats", name_);
        server.version_1 = true;
        break;
      }
      case session::session::pulse::fine:
      case session::session::pulse::asked:
        break;
    }
  }
}

// ---------------------------------------------------------------- what sessions tell

void session_pool::on_idle(pooled& which) {
  pool_actions todo;
  {
    lock hold(mutex_);
    todo = policy_.returned(clock::now(), which.seq, which.driver->draining());
  }
  which.driver->guard_idle(true);
  carry_out(todo);
}

void session_pool::on_heard(pooled& which) {
  pool_actions todo;
  {
    lock hold(mutex_);
    todo = policy_.proved(clock::now(), which.seq);
  }
  carry_out(todo);
}

void session_pool::on_version(int version) {
  if (version < 2) return;
  lock hold(mutex_);
  server_.version_2_seen = true;
  server_.version_1 = false;
}

void session_pool::on_silence() {
  {
    lock hold(mutex_);
    const auto now = clock::now();
    if (last_warning_ != time_point{} && now - last_warning_ < warning_interval) return;
    last_warning_ = now;
  }
  log::warn("{}: the server has not said a word: does it speak AnyTLS?", name_);
}

void session_pool::on_round_trip(duration rtt) {
  lock hold(mutex_);
  auto& smoothed = server_.smoothed_rtt;
  smoothed = smoothed == duration{0} ? rtt : smoothed + (rtt - smoothed) / 8;  // RFC 6298's alpha
}

void session_pool::on_scheme(const std::string& raw) {
  auto parsed = protocol::padding_scheme::parse(raw);
  if (!parsed) {
    log::warn("{}: the server sent an invalid padding scheme; keeping the present one", name_);
    return;
  }
  auto scheme = std::make_shared<protocol::padding_scheme>(std::move(*parsed));
  log::debug("[AnyTLS] {}: new padding scheme {}", name_, scheme->md5());
  pool_actions todo;
  {
    lock hold(mutex_);
    if (scheme->raw() == scheme_->raw()) return;
    scheme_ = std::move(scheme);
    todo = policy_.scheme_changed(clock::now());
  }
  carry_out(todo);
}

void session_pool::on_closed(pooled& which, close_reason reason, error_code error) {
  pool_actions todo;
  bool warn = false;
  {
    lock hold(mutex_);
    const auto now = clock::now();
    const bool known = policy_.creations_fail();
    todo = policy_.lost(now, which.seq);
    const bool said = std::any_of(todo.begin(), todo.end(), [](const pool_action& a) {
      return std::holds_alternative<backing_off>(a);
    });
    if (said) last_failure_ = error;
    const bool refused =
        error == errc::wrong_password || error == errc::not_anytls || error == errc::alert;
    if (refused && !said && !known &&
        (last_warning_ == time_point{} || now - last_warning_ >= warning_interval)) {
      last_warning_ = now;
      warn = true;
    }
  }
  if (warn)
    log::warn("{}: {}", name_, error.message());
  else
    log::debug("[AnyTLS] {}: session #{} closed: {} ({})", name_, which.seq, session::name(reason),
               error.message());
  which.home.sessions.erase(which.seq);  // `which` ends here
  carry_out(todo);
}

void session_pool::shut_down() {
  pool_actions todo;
  {
    lock hold(mutex_);
    shut_down_ = true;
    todo = policy_.shut_down();
    started_ = false;
  }
  carry_out(todo);
  // An armed check would keep a context that is not ours alone (the public API) in work.
  asio::post(shards_.front()->context, [this] { timer_.cancel(); });
}

pool_policy::counts session_pool::count() {
  lock hold(mutex_);
  return policy_.count();
}

}  // namespace anytls::pool
