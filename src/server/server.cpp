#include "server/server.h"

#include "base/limits.h"
#include "base/log.h"
#include "server/connection.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

namespace anytls::server {
namespace {

constexpr duration shortest_sweep = 10ms;
constexpr duration longest_sweep = 10s;

}  // namespace

server::server(server_options options, std::shared_ptr<tls::live_server_context> tls,
               connector connect)
    : options_(std::move(options)),
      side_{options_.scheme.raw(), options_.scheme.md5(), limits::streams_per_session},
      tls_(std::move(tls)),
      connect_(std::move(connect)),
      admission_([this] {
        system_random random;
        return std::make_shared<admission>(options_.admission, options_.limit_private_sources,
                                           random);
      }()),
      places_([this] {
        system_random random;
        return make_fallback_places(options_.admission.pending_per_source,
                                    options_.limit_private_sources, random);
      }()),
      users_([] {
        system_random random;
        return user_table(random);
      }()) {
  for (const auto& [name, password] : options_.users) users_.add(name, password);
}

server::~server() = default;

server::shard& server::shard_of(asio::io_context& here) {
  std::lock_guard lock(mutex_);
  for (auto& one : shards_)
    if (&one->context == &here) return *one;
  shards_.push_back(std::make_unique<shard>(here));
  return *shards_.back();
}

void server::accept(asio::io_context& here, tcp_socket socket) {
  auto& home = shard_of(here);
  if (home.closing) return;
  count_.connections.add();
  error_code gone;
  const auto source = socket.remote_endpoint(gone).address();
  if (gone) return;
  auto why = admission_verdict::admitted;
  auto ticket = options_.proxy_protocol == protocol::proxy_protocol::off
                    ? admission_->arrive(source, why)
                    : admission_->arrive(why);
  if (!ticket) return refused(source, why);  // closed by its destructor
  auto keep = options_.owner.lock();
  const auto signal = home.handshakes.emplace(home.handshakes.end());
  asio::co_spawn(here, serve(keep, home, std::move(socket), std::move(ticket)),
                 asio::bind_cancellation_slot(signal->slot(),
                                              [keep, &home, signal](const std::exception_ptr&) {
                                                home.handshakes.erase(signal);
                                              }));
}

void server::refused(const asio::ip::address& source, admission_verdict why) {
  switch (why) {
    case admission_verdict::admitted:
      return;
    case admission_verdict::too_many_pending:
      count_.refused_pending.add();
      break;
    case admission_verdict::too_many_from_source:
      count_.refused_source.add();
      break;
    case admission_verdict::too_fast:
      count_.refused_rate.add();
      break;
    case admission_verdict::too_many_failures:
      count_.refused_failures.add();
      break;
  }
  if (next_warning_.due())
    log::warn("{}: connections of {} are closed at once: {} (said once a minute)", options_.tag,
              source.to_string(), describe(why));
}

duration server::sweep_interval() const noexcept {
  duration shortest = longest_sweep;
  for (const auto wanted : {options_.idle_session_timeout, options_.heartbeat})
    if (wanted > duration{0}) shortest = std::min(shortest, wanted / 4);
  return std::max(shortest, shortest_sweep);
}

// One timer for all sessions of a thread: one for each would cost more than most idle sessions do.
void server::sweep_later(shard& home) {
  const auto interval = sweep_interval();
  if (home.connections.empty() || home.closing) return;
  if (std::exchange(home.sweeping, true)) return;
  home.sweep.expires_after(interval);
  home.sweep.async_wait([this, &home, interval, keep = options_.owner.lock()](error_code ec) {
    if (ec) return;
    home.sweeping = false;
    const auto now = clock::now();
    for (auto& [raw, owned] : home.connections) raw->look_after(now, interval);
    sweep_later(home);
  });
}

void server::shut_down() {
  std::lock_guard lock(mutex_);
  for (auto& one : shards_)
    asio::post(one->context, [home = one.get(), keep = options_.owner.lock()] {
      home->closing = true;
      home->sweep.cancel();
      for (auto& handshake : home->handshakes) handshake.emit(asio::cancellation_type::terminal);
      for (auto& [raw, owned] : home->connections) raw->close();
    });
}

void server::abandon() noexcept {
  const auto keep = options_.owner.lock();
  for (auto& one : shards_) std::exchange(one->connections, {}).clear();
}

}  // namespace anytls::server
