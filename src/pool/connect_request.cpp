#include "pool/connect_request.h"

#include "base/log.h"
#include "pool/shard.h"

#include <boost/asio/post.hpp>

#include <cerrno>

namespace anytls::pool {
namespace {

// A dial that has not got through after this (or a few round trips) is probably lost: a SYN that a
// dead path swallowed is resent after 1, 3, 7 s, which may be long after the path is back.
constexpr duration hang = 1s;
// Attempts of one request that hang beside each other.
constexpr int most_in_flight = 6;
constexpr duration later_attempt = 4s;

// What the next attempt would only repeat.
bool is_final(error_code e) noexcept {
  if (e == errc::name_not_found || e == errc::no_address || e == errc::blocked) return true;
  if (e == errc::shutting_down || e == errc::tls_version || e == errc::tls_not_tls) return true;
  if (e == errc::tls_alpn || e == errc::tls_algorithms) return true;
  if (e == errc::certificate_untrusted || e == errc::certificate_expired) return true;
  if (e == errc::certificate_wrong_name || e == errc::certificate_wrong_pin) return true;
  if (e == errc::certificate_invalid || e == errc::certificate_wrong_key) return true;
  if (is_about_client_certificate(e)) return true;
  if (e == errc::proxy_wrong_password || e == errc::proxy_needs_password) return true;
  if (e == errc::proxy_forbidden || e == errc::not_a_proxy) return true;
  if (e == errc::ech_no_config || e == errc::bad_ech_config) return true;
  if (e == errc::ech_rejected || e == errc::ech_disabled) return true;
  if (e.category() != boost::system::system_category()) return false;
  switch (e.value()) {
    case EMFILE:
    case ENFILE:
    case EACCES:
    case EPERM:
    case EAFNOSUPPORT:
      return true;
    default:
      return false;
  }
}

}  // namespace

session_pool::connect_request::connect_request(session_pool& pool, asio::io_context& here,
                                               handler done)
    : pool_(pool),
      alive_(pool.self_),
      home_(pool.shard_of(here)),
      done_(std::move(done)),
      turn_(here) {}

void session_pool::connect_request::start() {
  const auto now = clock::now();
  const auto patience = std::clamp<duration>(pool_.with_.connect_timeout, duration{0}, 24h);
  deadline_ = now + patience;
  {
    lock hold(pool_.mutex_);
    pool_.connecting_.push_back(weak_from_this());
  }
  asio::post(home_.context, [self = shared_from_this()] {
    if (!self->over_ && *self->alive_) self->look(false);
  });
}

void session_pool::connect_request::wake() {
  asio::post(home_.context, [self = shared_from_this()] {
    if (!self->over_ && *self->alive_) self->look(true);
  });
}

void session_pool::connect_request::wake_if_overdue(time_point now, duration usual) {
  if (!dialling_since_ || now - *dialling_since_ >= usual) return wake();
  // A SYN that was lost just before the server came back would be missed for a second.
  asio::post(home_.context, [self = shared_from_this(), when = *dialling_since_ + usual] {
    if (!self->over_ && *self->alive_ && when < self->turn_.expiry())
      self->look_again_at(when, true);
  });
}

void session_pool::connect_request::look_again_at(time_point when, bool server_is_back) {
  turn_.expires_at(when);
  turn_.async_wait([self = shared_from_this(), server_is_back](error_code ec) {
    if (!ec && !self->over_ && *self->alive_) self->look(server_is_back);
  });
}

// Asks for a turn, and comes again when there may be one.
void session_pool::connect_request::look(bool server_is_back) {
  // A session that came back meanwhile is as good as a new one.
  if (dialled_at_ != time_point{})
    if (auto idle = pool_.reserve(&home_.context, true))
      if (const auto got = pool_.claim(std::move(idle))) return finish(got);
  const auto now = clock::now();
  bool go = false;
  time_point again;
  bool shut_down = false;
  {
    lock hold(pool_.mutex_);
    shut_down = pool_.shut_down_;
    const auto hangs_after = std::max<duration>(hang, 3 * pool_.server_.smoothed_rtt);
    const bool hangs = in_flight_ > 0 && (server_is_back || now - dialled_at_ >= hangs_after);
    if (hangs && !server_is_back) pool_.gate_.failed(now);
    if (in_flight_ == 0 || hangs) dialling_since_.reset();
    // One under way that does not hang is enough.
    if (now < deadline_ && (in_flight_ == 0 || hangs) && in_flight_ < most_in_flight)
      go = pool_.gate_.may_dial(now);
    if (go) dialling_since_ = now;
    again = go || (in_flight_ > 0 && !hangs) ? (go ? now : dialled_at_) + hangs_after
                                             : pool_.gate_.next_turn();
  }
  if (shut_down) return finish(error_code(errc::shutting_down));
  if (now >= deadline_) {
    // What is in its TLS handshake may still get through: TCP's part ends with the deadline.
    if (in_flight_ == 0) finish(last_error_ ? last_error_ : error_code(errc::connect_timeout));
    return;
  }
  if (go) {
    const auto left = deadline_ - now;
    dial(dialled_at_ == time_point{}
             ? left
             : std::min<duration>(left,
                                  std::max(later_attempt, 4 * pool_.server().hedge.smoothed_rtt)));
  }
  look_again_at(std::clamp(again, now + 1ms, deadline_), false);
}

void session_pool::connect_request::dial(duration connect_within) {
  dialled_at_ = clock::now();
  ++in_flight_;
  pool_.spawn_dial(
      home_, [self = shared_from_this(), connect_within] { return self->attempt(connect_within); });
}

task<> session_pool::connect_request::attempt(duration connect_within) {
  const auto began = clock::now();
  auto connection = co_await pool_.with_.dial(home_.context, connect_within);
  if (!*alive_) co_return;
  --in_flight_;
  if (connection)
    connected(std::move(*connection), began);
  else
    failed(connection.error(), began);
}

void session_pool::connect_request::connected(std::unique_ptr<transport> connection,
                                              time_point began) {
  pool_.server_reached(*connection, clock::now() - began);
  if (over_) return pool_.join(home_, std::move(connection), began, 0);
  std::shared_ptr<const protocol::padding_scheme> scheme;
  sequence seq;
  {
    lock hold(pool_.mutex_);
    if (pool_.shut_down_) {
      scheme = nullptr;
    } else {
      seq = pool_.policy_.opened(clock::now(), home_.place);
      scheme = pool_.scheme_;
    }
  }
  if (!scheme) return finish(error_code(errc::shutting_down));
  pool_.counters_.opened.add();
  auto* made = pool_.adopt(home_, seq, std::move(connection), std::move(scheme), false);
  finish(claimed{made, seq});
}

void session_pool::connect_request::failed(error_code why, time_point began) {
  if (over_) return pool_.creation_failed(why, began);
  pool_.counters_.creations_failed.add();
  last_error_ = why;
  const auto now = clock::now();
  if (is_final(why) && in_flight_ == 0) return finish(why);
  {
    lock hold(pool_.mutex_);
    pool_.gate_.failed(now);
  }
  look(false);
}

void session_pool::connect_request::finish(result<claimed> outcome) {
  if (over_) return;
  adopt_rest();
  std::exchange(done_, {})(outcome);
}

void session_pool::connect_request::give_up() {
  if (over_) return;
  adopt_rest();
  done_ = {};
}

void session_pool::connect_request::adopt_rest() {
  over_ = true;
  turn_.cancel();
  lock hold(pool_.mutex_);
  std::erase_if(pool_.connecting_, [this](const auto& w) {
    const auto one = w.lock();
    return !one || one.get() == this;
  });
  for (int i = 0; i < in_flight_; ++i) pool_.policy_.adopted();
}

}  // namespace anytls::pool
