#include "server/server.h"

#include "base/io_buffers.h"
#include "base/limits.h"
#include "base/log.h"
#include "net/relay.h"
#include "protocol/auth.h"
#include "session/session.h"
#include "tls/stream.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <list>

namespace anytls::server {

/// One authenticated client.
class server::connection final : public session::session_events {
 public:
  connection(server& owner, shard& home, std::string user, std::unique_ptr<transport> transport);

  void start(bytes_view received) { session_.start(received); }
  void close() { session_.close(session::close_reason::shutdown); }

  void on_stream(session::session&, std::unique_ptr<session::stream> opened) override;
  void on_closed(session::session&, session::close_reason reason, error_code error) override;

 private:
  // Touches `server` and not the connection: the stream may outlive it.
  static task<> serve_stream(std::shared_ptr<void> keep, server& server, asio::io_context& here,
                             target_request request, std::unique_ptr<session::stream> stream);

  server& server_;
  shard& home_;
  std::string user_;
  std::string source_;
  std::shared_ptr<void> keep_;
  session::session session_;
};

struct server::shard {
  explicit shard(asio::io_context& c) : context(c) {}
  asio::io_context& context;
  system_random random;
  std::unordered_map<connection*, std::unique_ptr<connection>> connections;
  std::list<asio::cancellation_signal> handshakes;  ///< one for each serve() under way
  bool closing = false;
};

server::connection::connection(server& owner, shard& home, std::string user,
                               std::unique_ptr<transport> transport)
    : server_(owner),
      home_(home),
      user_(std::move(user)),
      source_(transport->peer()),
      keep_(owner.options_.owner.lock()),
      session_(std::move(transport), owner.side_, home.random, *this) {}

void server::connection::on_stream(session::session&, std::unique_ptr<session::stream> opened) {
  asio::co_spawn(home_.context,
                 serve_stream(keep_, server_, home_.context,
                              {{}, server_.options_.tag, user_, source_}, std::move(opened)),
                 asio::detached);
}

void server::connection::on_closed(session::session&, session::close_reason reason,
                                   error_code error) {
  log::debug("{}: session of {}{}{} closed: {} ({})", server_.options_.tag, user_,
             user_.empty() ? "" : " ", source_, session::name(reason), error.message());
  const auto keep = std::move(keep_);
  home_.connections.erase(this);  // `this` ends here
}

task<> server::connection::serve_stream(std::shared_ptr<void> /*keep*/, server& server,
                                        asio::io_context& here, target_request request,
                                        std::unique_ptr<session::stream> stream) {
  for (;;) {
    auto parsed = protocol::parse_socks_address(stream->early());
    if (!parsed) {
      stream->refuse("malformed target address");
      co_return;
    }
    if (*parsed) {
      request.target = (*parsed)->value;
      stream->consume_early((*parsed)->size);
      break;
    }
    if (co_await stream->wait_early()) co_return;
  }
  auto target = co_await server.connect_(request, here);
  if (!target) {
    const auto why = target.error().message();
    log::info("{}: {} for {}: {}", request.inbound_tag, request.target.to_string(), request.source,
              why);
    stream->refuse(why);
    co_return;
  }
  stream->accept();
  co_await net::relay(std::move(stream), std::move(*target));
}

server::server(server_options options, std::shared_ptr<tls::server_context> tls, connector connect)
    : options_(std::move(options)),
      side_{options_.scheme.raw(), options_.scheme.md5(), limits::streams_per_session},
      tls_(std::move(tls)),
      connect_(std::move(connect)),
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
  auto keep = options_.owner.lock();
  const auto signal = home.handshakes.emplace(home.handshakes.end());
  asio::co_spawn(here, serve(keep, home, std::move(socket)),
                 asio::bind_cancellation_slot(signal->slot(),
                                              [keep, &home, signal](const std::exception_ptr&) {
                                                home.handshakes.erase(signal);
                                              }));
}

task<> server::serve(std::shared_ptr<void> /*keep*/, shard& home, tcp_socket socket) {
  auto accepted =
      co_await tls::stream::accept(std::move(socket), tls_, options_.handshake_deadline);
  if (!accepted) {
    log::debug("{}: TLS handshake: {}", options_.tag, accepted.error().message());
    co_return;
  }
  std::unique_ptr<transport> client = std::move(*accepted);

  timer deadline(home.context, options_.preamble_deadline);
  // Shared: the handler may be ready to run already when this coroutine ends.
  const auto waiting = std::make_shared<transport*>(client.get());
  const auto forget = std::shared_ptr<void>(nullptr, [waiting](void*) { *waiting = nullptr; });
  // cancel() wakes a waiter only: who is busy reading has to look at `late`.
  const auto late = std::make_shared<bool>(false);
  deadline.async_wait([waiting, late](error_code ec) {
    if (ec) return;
    *late = true;
    if (*waiting) (*waiting)->cancel();
  });

  // Hash and length must come in the first record. Nothing here depends on how much of a hash is
  // right.
  auto buffer = io_buffers::plaintext_in();
  transport::read_outcome got;
  for (;;) {
    got = client->read_record(buffer = io_buffers::plaintext_in());
    if (got.size != 0 || got.error) break;
    if (*late || co_await client->wait_readable()) co_return;
  }
  protocol::preamble_reader preamble;
  auto verdict = protocol::preamble_reader::verdict::not_a_client;
  if (got.size != 0) verdict = preamble.start(buffer.first(got.size));
  const std::string* user = nullptr;
  if (verdict != protocol::preamble_reader::verdict::not_a_client)
    user = users_.find(preamble.hash());
  if (!user) {
    log::debug("{}: {} is not a client", options_.tag, client->peer());
    client->close();
    co_return;
  }
  while (verdict == protocol::preamble_reader::verdict::need_more) {
    got = client->read_some(buffer = io_buffers::plaintext_in());
    if (got.error) co_return;
    if (got.size != 0)
      verdict = preamble.more(buffer.first(got.size));
    else if (*late || co_await client->wait_readable())
      co_return;
  }
  deadline.cancel();
  *waiting = nullptr;

  if (home.closing) co_return;
  auto made = std::make_unique<server::connection>(*this, home, *user, std::move(client));
  auto* running = made.get();
  home.connections.emplace(running, std::move(made));
  running->start(buffer.subspan(preamble.consumed(), got.size - preamble.consumed()));
}

void server::shut_down() {
  std::lock_guard lock(mutex_);
  for (auto& one : shards_)
    asio::post(one->context, [home = one.get(), keep = options_.owner.lock()] {
      home->closing = true;
      for (auto& handshake : home->handshakes) handshake.emit(asio::cancellation_type::terminal);
      for (auto& [raw, owned] : home->connections) raw->close();
    });
}

void server::abandon() noexcept {
  const auto keep = options_.owner.lock();
  for (auto& one : shards_) std::exchange(one->connections, {}).clear();
}

}  // namespace anytls::server
