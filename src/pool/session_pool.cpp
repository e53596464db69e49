#include "pool/session_pool.h"

#include "anytls/version.h"
#include "base/log.h"
#include "pool/connect_request.h"
#include "pool/shard.h"
#include "protocol/auth.h"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace anytls::pool {

using session::close_reason;

namespace {

constexpr auto warning_interval = 30s;

std::string client_text(const pool_options& options) {
  if (!options.client.empty()) return options.client;
  return std::string(product_name) + "/" + product_version;
}

double seconds(duration d) { return std::chrono::duration<double>(d).count(); }

}  // namespace

session_pool::reservation& session_pool::reservation::operator=(reservation&& other) noexcept {
  give_back();
  pool_ = std::exchange(other.pool_, nullptr);
  context_ = other.context_;
  seq_ = other.seq_;
  fresh_ = other.fresh_;
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

session_pool::session_pool(parts with, const pool_options& options)
    : with_(std::move(with)),
      options_(options),
      client_text_(client_text(options)),
      timer_(*with_.threads.at(0)),
      network_timer_(*with_.threads.at(0)),
      policy_(options, policy_random_),
      scheme_(
          std::make_shared<protocol::padding_scheme>(protocol::padding_scheme::default_scheme())) {
  for (auto* context : with_.threads)
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

session_pool::reservation session_pool::reserve(asio::io_context* only, bool fresh) {
  pool_actions todo;
  std::optional<pool_policy::handed_out> taken;
  {
    lock hold(mutex_);
    pool_policy::wish what;
    if (only) what.only = shard_of(*only).place;
    what.fresh = fresh;
    taken = policy_.take(clock::now(), todo, what);
  }
  carry_out(todo);
  if (!taken) return {};
  return {*this, shards_[taken->place]->context, taken->seq, taken->fresh};
}

session_pool::claimed session_pool::claim(reservation&& which) {
  which.pool_ = nullptr;
  auto& home = shard_of(which.context());
  const auto found = home.sessions.find(which.seq_);
  if (found == home.sessions.end() || !found->second->driver->idle()) return {};
  auto* driver = found->second->driver.get();
  driver->guard_idle(false);
  arm_pulse_in(home, path_check_interval);
  return {driver, which.seq_};
}

bool session_pool::fresh(time_point heard_at) {
  lock hold(mutex_);
  return policy_.fresh(heard_at, clock::now());
}

session_pool::server_view session_pool::server() {
  lock hold(mutex_);
  server_view view;
  view.hedge.smoothed_rtt = server_.smoothed_rtt;
  view.hedge.proven = server_proven_;
  view.facts = server_;
  view.suspect_after = std::max<duration>(250ms, 3 * server_.smoothed_rtt);
  view.condemn_after = life_patience();
  return view;
}

session::session* session_pool::adopt(shard& home, sequence seq,
                                      std::unique_ptr<transport> connection,
                                      std::shared_ptr<const protocol::padding_scheme> scheme,
                                      bool send_now) {
  const auto preamble =
      protocol::make_preamble(with_.password_hash, scheme->preamble_padding(home.random));
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
  arm_pulse_for_new(home);
  return driver;
}

// ---------------------------------------------------------------- ahead of use

void session_pool::carry_out(const pool_actions& actions) {
  const bool telling = log::enabled(log::level::debug);  // a request that refills comes by here
  for (const auto& action : actions) {
    if (auto line = telling ? describe(action, with_.words) : std::string(); !line.empty())
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
        asio::post(home->context, [this, self = self_, home, i] {
          if (*self) spawn_dial(*home, [this, home, i] { return create_ahead(*home, i + 1); });
        });
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

// ---------------------------------------------------------------- what sessions tell

void session_pool::on_idle(pooled& which) {
  pool_actions todo;
  {
    lock hold(mutex_);
    todo = policy_.returned(clock::now(), which.seq, which.driver->draining(),
                            which.driver->last_received());
  }
  which.driver->guard_idle(true);
  carry_out(todo);
}

// One that died silently is rarely alone: what took it (a NAT, a reboot) took the others, too.
void session_pool::distrust() {
  lock hold(mutex_);
  policy_.distrust(clock::now());
}

void session_pool::on_alive(pooled& which) {
  lock hold(mutex_);
  policy_.heard(clock::now(), which.seq);
}

void session_pool::on_heard(pooled& which) {
  pool_actions todo;
  {
    lock hold(mutex_);
    server_proven_ = true;
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
    if (server_proven_ || (last_warning_ != time_point{} && now - last_warning_ < warning_interval))
      return;
    last_warning_ = now;
  }
  log::warn("{}: the server has not said a word: does it speak AnyTLS?", name_);
}

// A SYNACK includes the target's round trip: only one of a fast target says
// anything about the way to the server.
void session_pool::on_round_trip(duration rtt, bool with_target) {
  lock hold(mutex_);
  const auto smoothed = round_trip_.smoothed();
  if (with_target && (smoothed == duration{0} || rtt > smoothed)) return;
  round_trip_.sample(clock::now(), rtt);
  server_.smoothed_rtt = round_trip_.smoothed();
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
    // It took the password before: it restarts, or closes what is idle.
    if (error == errc::wrong_password && server_proven_) error = errc::session_closed;
    const bool known = policy_.creations_fail();
    if (reason == close_reason::heartbeat_timeout || reason == close_reason::stream_timeout ||
        reason == close_reason::io_error)
      policy_.distrust(now);
    todo = policy_.lost(now, which.seq);
    const bool said = std::any_of(todo.begin(), todo.end(), [](const pool_action& a) {
      return std::holds_alternative<backing_off>(a);
    });
    if (said) last_failure_ = error;
    const bool refused = error == errc::wrong_password || error == errc::not_anytls ||
                         error == errc::alert || is_about_client_certificate(error);
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
  counters_.closed_by(reason).add();
  auto& home = which.home;
  home.sessions.erase(which.seq);  // `which` ends here
  if (home.sessions
          .empty()) {  // an armed pulse would keep a context that is not ours alone in work
    home.pulse_at = time_point::max();
    home.pulse.cancel();
  }
  carry_out(todo);
}

void session_pool::shut_down() {
  pool_actions todo;
  {
    lock hold(mutex_);
    shut_down_ = true;
    todo = policy_.shut_down();
    started_ = false;
    for (const auto& one : connecting_)
      if (const auto waiting = one.lock()) waiting->wake();
    for (auto& home : shards_)
      asio::post(home->context, [self = self_, at = home.get()] {
        if (!*self) return;
        for (auto& dial : at->dials) dial.emit(asio::cancellation_type::terminal);
      });
  }
  carry_out(todo);
  // An armed check would keep a context that is not ours alone (the public API) in work.
  asio::post(shards_.front()->context, [this] {
    timer_.cancel();
    network_timer_.cancel();
  });
}

pool_policy::counts session_pool::count() {
  lock hold(mutex_);
  return policy_.count();
}

}  // namespace anytls::pool
