#include "server/server.h"

#include "base/io_buffers.h"
#include "base/limits.h"
#include "base/log.h"
#include "protocol/auth.h"
#include "server/connection.h"
#include "tls/stream.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

namespace anytls::server {
namespace {

// What a refused client sends after its end is read and dropped up to this.
constexpr std::size_t most_after_refusal = 1024 * 1024;

constexpr duration shortest_sweep = 10ms;
constexpr duration longest_sweep = 10s;
constexpr duration warn_interval = 1min;

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
  auto ticket = admission_->arrive(source, why);
  if (!ticket) return refused(source, why);  // closed by its destructor
  auto keep = options_.owner.lock();
  const auto signal = home.handshakes.emplace(home.handshakes.end());
  asio::co_spawn(here, serve(keep, home, std::move(socket), std::move(*ticket)),
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
  // A flood must not flood the log too.
  const auto now = clock::now().time_since_epoch().count();
  auto next = next_warning_.load(std::memory_order_relaxed);
  if (now >= next && next_warning_.compare_exchange_strong(next, now + warn_interval.count(),
                                                           std::memory_order_relaxed))
    log::warn("{}: connections of {} are closed at once: {} (said once a minute)", options_.tag,
              source.to_string(), describe(why));
}

task<> server::serve(std::shared_ptr<void> /*keep*/, shard& home, tcp_socket socket,
                     admission::ticket ticket) {
  error_code gone;
  const auto source = socket.remote_endpoint(gone);
  auto accepted =
      co_await tls::stream::accept(std::move(socket), tls_->current(), options_.handshake_deadline);
  if (!accepted) {
    count_.handshakes_failed.add();
    log::debug("{}: {}: TLS handshake: {}", options_.tag, source.address().to_string(),
               accepted.error().message());
    co_return;
  }
  auto client = std::move(*accepted);
  ticket.failed();  // unless it proves otherwise

  timer deadline(home.context, options_.preamble_deadline);
  // Shared: the handler may be ready to run already when this coroutine ends.
  const auto waiting = std::make_shared<tls::stream*>(client.get());
  const auto forget = std::shared_ptr<void>(nullptr, [waiting](void*) { *waiting = nullptr; });
  // cancel() wakes a waiter only: who is busy reading has to look at `late`.
  const auto late = std::make_shared<bool>(false);
  deadline.async_wait([waiting, late](error_code ec) {
    if (ec) return;
    *late = true;
    if (*waiting) (*waiting)->cancel();
  });

  // Hash and length must come in the first record. Nothing here depends on how much of a hash is
  // right: whoever is not a client gets close_notify and FIN at once, whoever is silent gets the
  // same at the deadline.
  auto buffer = io_buffers::plaintext_in();
  transport::read_outcome got;
  auto verdict = protocol::preamble_reader::verdict::not_a_client;
  protocol::preamble_reader preamble;
  std::shared_ptr<user> user;
  for (;;) {
    got = client->read_record(buffer = io_buffers::plaintext_in());
    if (got.size != 0 || got.error) break;
    if (*late || co_await client->wait_readable()) break;
  }
  if (got.size != 0) verdict = preamble.start(buffer.first(got.size));
  if (verdict != protocol::preamble_reader::verdict::not_a_client)
    user = users_.find(preamble.hash());
  while (user && verdict == protocol::preamble_reader::verdict::need_more) {
    got = client->read_some(buffer = io_buffers::plaintext_in());
    if (got.size != 0)
      verdict = preamble.more(buffer.first(got.size));
    else if (got.error || *late || co_await client->wait_readable())
      user = nullptr;
  }
  if (home.closing) co_return;
  if (!user) {
    count_.failed_auth.add();
    log::debug("{}: {} is not a client", options_.tag, client->peer());
    client->finish();
    if (!*late) co_await client->drop_rest(most_after_refusal);
    co_return;
  }
  deadline.cancel();
  *waiting = nullptr;
  ticket.authenticated();
  count_.sessions.add();

  auto made = std::make_unique<connection>(*this, home, std::move(user), std::move(client));
  auto* running = made.get();
  home.connections.emplace(running, std::move(made));
  sweep_later(home);
  running->start(buffer.subspan(preamble.consumed(), got.size - preamble.consumed()));
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
