#include "pool/session_pool.h"

#include "anytls/version.h"
#include "base/log.h"
#include "protocol/auth.h"

#include <boost/asio/post.hpp>

namespace anytls::pool {

using session::close_reason;

namespace {

constexpr auto password_warning_interval = 30s;

std::string client_text(const pool_options& options) {
  if (!options.client.empty()) return options.client;
  return std::string(product_name) + "/" + product_version;
}

}  // namespace

/// One session and what the pool knows of it. Lives in the shard of its thread.
struct session_pool::pooled final : session::session_events {
  pooled(session_pool& p, shard& s, sequence n) : pool(p), home(s), seq(n) {}

  void on_idle(session::session&) override { pool.put_back(*this); }
  void on_scheme(session::session&, const std::string& raw) override { pool.use_scheme(raw); }
  void on_drained(session::session&) override {
    std::lock_guard lock(pool.mutex_);
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
  shard(asio::io_context& c, std::size_t n) : context(c), place(n) {}
  asio::io_context& context;
  std::size_t place;
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
  auto* pool = std::exchange(pool_, nullptr);
  if (!pool) return;
  std::lock_guard lock(pool->mutex_);
  pool->policy_.returned(clock::now(), seq_, false);
}

session_pool::session_pool(std::string name, const pool_options& options, const sha256_digest& password_hash,
                           dialer dial, asio::io_context& home)
    : name_(std::move(name)),
      options_(options),
      password_hash_(password_hash),
      client_text_(client_text(options)),
      dial_(std::move(dial)),
      home_(home),
      check_timer_(home),
      policy_(options),
      scheme_(std::make_shared<protocol::padding_scheme>(protocol::padding_scheme::default_scheme())) {}

session_pool::~session_pool() = default;

session_pool::shard& session_pool::shard_of(asio::io_context& context) {
  for (auto& one : shards_)
    if (&one->context == &context) return *one;
  shards_.push_back(std::make_unique<shard>(context, shards_.size()));
  return *shards_.back();
}

session_pool::reservation session_pool::reserve(asio::io_context* only) {
  std::lock_guard lock(mutex_);
  if (shutting_down_) return {};
  std::optional<std::size_t> place;
  if (only) place = shard_of(*only).place;
  const auto taken = policy_.take(place);
  if (!taken) return {};
  return {*this, shards_[taken->place]->context, taken->seq};
}

session::session* session_pool::claim(reservation&& which) {
  which.pool_ = nullptr;
  shard* home;
  {
    std::lock_guard lock(mutex_);
    home = &shard_of(which.context());
  }
  const auto found = home->sessions.find(which.seq_);
  if (found == home->sessions.end() || !found->second->driver->idle()) return nullptr;
  return found->second->driver.get();
}

task<result<session::session*>> session_pool::connect(asio::io_context& here) {
  log::debug("[AnyTLS] {}: no sessions available, opening one", name_);
  auto connection = co_await dial_(here);
  if (!connection) co_return connection.error();

  std::shared_ptr<const protocol::padding_scheme> scheme;
  shard* home;
  sequence seq;
  {
    std::lock_guard lock(mutex_);
    if (shutting_down_) co_return errc::shutting_down;
    home = &shard_of(here);
    seq = policy_.opened(clock::now(), home->place);
    scheme = scheme_;
  }
  const auto preamble = protocol::make_preamble(password_hash_, scheme->preamble_padding(home->random));
  auto made = std::make_unique<pooled>(*this, *home, seq);
  made->driver = std::make_unique<session::session>(
      std::move(*connection), session::session_options{scheme, client_text_, options_.half_close_timeout},
      home->random, *made);
  auto* driver = made->driver.get();
  home->sessions.emplace(seq, std::move(made));
  driver->authenticate(preamble, false);
  driver->start();
  co_return driver;
}

void session_pool::put_back(pooled& which) {
  pool_policy::verdict verdict;
  {
    std::lock_guard lock(mutex_);
    verdict = policy_.returned(clock::now(), which.seq, which.driver->draining());
    if (shutting_down_) verdict = pool_policy::verdict::close;
  }
  if (verdict == pool_policy::verdict::close) {
    which.driver->close(close_reason::shutdown);
    return;
  }
  asio::post(home_, [this] { arm_check(); });
}

void session_pool::on_closed(pooled& which, close_reason reason, error_code error) {
  bool warn = false;
  {
    std::lock_guard lock(mutex_);
    policy_.lost(which.seq);
    const auto now = clock::now();
    if (error == errc::wrong_password || error == errc::not_anytls || error == errc::alert) {
      warn = last_password_warning_ == time_point{} || now - last_password_warning_ >= password_warning_interval;
      if (warn) last_password_warning_ = now;
    }
  }
  if (warn)
    log::warn("{}: {}", name_, error.message());
  else
    log::debug("[AnyTLS] {}: session #{} closed: {} ({})", name_, which.seq, session::name(reason), error.message());
  which.home.sessions.erase(which.seq);  // `which` ends here
}

void session_pool::use_scheme(const std::string& raw) {
  auto parsed = protocol::padding_scheme::parse(raw);
  if (!parsed) {
    log::warn("{}: the server sent an invalid padding scheme; keeping the present one", name_);
    return;
  }
  auto scheme = std::make_shared<protocol::padding_scheme>(std::move(*parsed));
  log::debug("[AnyTLS] {}: new padding scheme {}", name_, scheme->md5());
  std::lock_guard lock(mutex_);
  scheme_ = std::move(scheme);
}

void session_pool::arm_check() {
  if (check_armed_) return;
  {
    std::lock_guard lock(mutex_);
    if (shutting_down_ || policy_.idle() == 0) return;  // nothing to check: no wake-ups
  }
  check_armed_ = true;
  check_timer_.expires_after(options_.idle_session_check_interval);
  check_timer_.async_wait([this](error_code ec) {
    if (ec) return;
    check_armed_ = false;
    check();
    arm_check();
  });
}

void session_pool::check() {
  std::vector<close_session> gone;
  std::size_t before;
  std::size_t after;
  {
    std::lock_guard lock(mutex_);
    before = policy_.idle();
    gone = policy_.check(clock::now());
    after = policy_.idle();
  }
  if (gone.empty()) return;
  log::debug("[AnyTLS] Idle cleanup: found {} idle sessions, closing {} (keeping {} protected)", before, gone.size(),
             after);
  std::lock_guard lock(mutex_);
  for (const auto& one : gone) close_on_its_thread(one.place, one.seq, one.reason);
}

void session_pool::close_on_its_thread(std::size_t place, sequence seq, close_reason reason) {
  shard& home = *shards_[place];
  asio::post(home.context, [&home, seq, reason] {
    const auto found = home.sessions.find(seq);
    if (found != home.sessions.end() && found->second->driver->idle()) found->second->driver->close(reason);
  });
}

void session_pool::shut_down() {
  std::lock_guard lock(mutex_);
  shutting_down_ = true;
  while (const auto idle = policy_.take()) close_on_its_thread(idle->place, idle->seq, close_reason::shutdown);
}

session_pool::counts session_pool::count() {
  std::lock_guard lock(mutex_);
  return {policy_.idle(), policy_.active()};
}

}  // namespace anytls::pool
