// The part of session_pool that makes sessions before anybody asks for them, and takes in those
// that were made for somebody who went away.

#include "base/log.h"
#include "pool/connect_request.h"
#include "pool/shard.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <atomic>

namespace anytls::pool {
namespace {

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

}  // namespace

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
    connection = co_await with_.dial(home.context, with_.connect_timeout);
  }
  if (!connection) co_return creation_failed(connection.error(), began);
  server_reached(**connection, clock::now() - began);
  join(home, std::move(*connection), began, number);
}

// A dial that shut_down() has cut ends by an exception, whose cause is known.
void session_pool::spawn_dial(shard& home, std::function<task<>()> dialling) {
  const auto signal = home.dials.emplace(home.dials.end());
  asio::co_spawn(home.context, std::move(dialling),
                 asio::bind_cancellation_slot(
                     signal->slot(), [self = self_, &home, signal](const std::exception_ptr&) {
                       if (*self) home.dials.erase(signal);
                     }));
}

void session_pool::creation_failed(error_code why, time_point began) {
  log::debug("[AnyTLS] {}: creating a session ahead of use failed: {}", name_, why.message());
  counters_.creations_failed.add();
  pool_actions todo;
  {
    lock hold(mutex_);
    todo = policy_.failed(clock::now(), began);
    if (!todo.empty()) last_failure_ = why;
  }
  carry_out(todo);
}

// A connection was made: whoever waits for a turn need not, nor for a dial that takes much longer
// than this one did.
void session_pool::server_reached(const transport& connection, duration took) {
  if (const auto rtt = connection.handshake_rtt(); rtt > duration{0}) on_round_trip(rtt, false);
  lock hold(mutex_);
  gate_.succeeded();
  const auto now = clock::now();
  const auto usual = std::max<duration>({200ms, 3 * server_.smoothed_rtt, 2 * took});
  for (const auto& one : connecting_)
    if (const auto waiting = one.lock()) waiting->wake_if_overdue(now, usual);
}

// Into the idle pool: the `number`th that was made ahead of use, or (0) for a requester who went
// away.
void session_pool::join(shard& home, std::unique_ptr<transport> connection, time_point began,
                        std::size_t number) {
  pool_actions todo;
  sequence seq;
  bool ask;
  std::shared_ptr<const protocol::padding_scheme> scheme;
  {
    lock hold(mutex_);
    ask = policy_.wants_proof();
    scheme = scheme_;
    seq = policy_.created(clock::now(), began, home.place, todo);
  }
  if (number > 0)
    counters_.created_ahead.add();
  else
    counters_.opened.add();
  auto* driver = adopt(home, seq, std::move(connection), std::move(scheme), !ask);
  driver->guard_idle(true);
  if (ask) driver->ask_for_life();  // the preamble leaves with it
  if (number > 0)
    log::debug("{}", describe_created(seq, number, with_.words));
  else
    log::debug("[AnyTLS] {}: session #{}, whose request needed it no more, joins the pool", name_,
               seq);
  carry_out(todo);
}

}  // namespace anytls::pool
