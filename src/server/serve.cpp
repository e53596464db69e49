// The part of a server that finds out whether a connection is a client.

#include "base/io_buffers.h"
#include "base/log.h"
#include "net/proxy_header.h"
#include "protocol/auth.h"
#include "server/connection.h"
#include "server/server.h"
#include "tls/stream.h"

namespace anytls::server {
namespace {

using protocol::preamble_reader;
using verdict = preamble_reader::verdict;

// What a refused client sends after its end is read and dropped up to this.
constexpr std::size_t most_after_refusal = 1024 * 1024;

// Clients send their preamble right behind the handshake. Whoever has not by then gets the web
// server's company: so late does its own clock begin.
constexpr duration before_fallback = 20ms;

// What the web server says first is held back for so long, see wait_together().
constexpr duration before_greeting = 1s;

}  // namespace

/// Ends the waits of a connection once, at a time that may be moved.
class server::patience {
 public:
  patience(asio::io_context& context, tls::stream& client)
      : shared_(std::make_shared<shared>(context)) {
    shared_->client = &client;
  }
  ~patience() {
    shared_->client = nullptr;
    shared_->deadline.cancel();
  }
  patience(const patience&) = delete;
  patience& operator=(const patience&) = delete;

  void start(duration limit) {
    shared_->late = false;
    shared_->deadline.expires_after(limit);
    shared_->deadline.async_wait([s = shared_](error_code ec) {
      if (ec || !s->client || clock::now() < s->deadline.expiry()) return;
      s->late = true;
      s->client->cancel();
    });
  }
  void stop() noexcept {
    shared_->deadline.expires_at(time_point::max());
    shared_->late = false;
  }
  /// cancel() wakes a waiter only: who is busy reading has to look here.
  bool over() const noexcept { return shared_->late; }

 private:
  // Shared: the handler may be ready to run already when the coroutine ends.
  struct shared {
    explicit shared(asio::io_context& context) : deadline(context) {}
    timer deadline;
    tls::stream* client = nullptr;
    bool late = false;
  };
  std::shared_ptr<shared> shared_;
};

/// What came first, and who waited with it.
struct server::beginning {
  transport::read_outcome got;
  mutable_bytes buffer;  ///< holds it, until the next suspension where `kept` does not
  bytes kept;
  std::optional<fallback_connection> web;
};

task<> server::serve(std::shared_ptr<void> /*keep*/, shard& home, tcp_socket socket,
                     std::optional<admission::ticket> ticket) {
  std::optional<tcp::endpoint> source;
  if (options_.proxy_protocol != protocol::proxy_protocol::off) {
    source = co_await learn_source(socket, ticket);
    if (!source || home.closing) co_return;
  }
  error_code gone;
  const auto shown = source ? *source : socket.remote_endpoint(gone);
  auto accepted = co_await tls::stream::accept(std::move(socket), tls_->current(),
                                               options_.handshake_deadline, source);
  if (!accepted) {
    count_.handshakes_failed.add();
    log::debug("{}: {}: TLS handshake: {}", options_.tag, shown.address().to_string(),
               accepted.error().message());
    co_return;
  }
  auto client = std::move(*accepted);
  const auto* behind = options_.fallback.choose(client->alpn());
  // Hash and length must come in the first record. Nothing here depends on how much of a hash is
  // right: whoever is not a client is the web server's visitor at once, and whoever is silent when
  // the web server says so; without one they get close_notify and FIN, at once or at the deadline.
  patience waiting(home.context, *client);
  auto first = co_await begin(home, *client, shown.address(), behind, waiting);
  if (home.closing) co_return;
  // Unless it proves otherwise. No web server counts who asks it for nonsense.
  if (!behind) ticket->failed();
  auto& got = first.got;
  auto said = verdict::not_a_client;
  preamble_reader preamble;
  std::shared_ptr<user> user;
  if (got.size != 0) said = preamble.start(first.buffer.first(got.size));
  if (said != verdict::not_a_client) user = users_.find(preamble.hash());
  if (!user) {
    count_.failed_auth.add();
    log::debug("{}: {} is not a client", options_.tag, client->peer());
    if (behind) {
      waiting.stop();
      const auto sent = first.buffer.first(got.size);
      co_return co_await hand_over(home, std::move(client), shown.address(),
                                   bytes(sent.begin(), sent.end()), *behind, std::move(first.web),
                                   std::move(ticket));
    }
    co_return co_await refuse(*client, waiting);
  }
  if (behind) waiting.start(options_.preamble_deadline);
  first.web.reset();
  while (said == verdict::need_more) {
    got = client->read_some(first.buffer = io_buffers::plaintext_in());
    if (got.size != 0) {
      said = preamble.more(first.buffer.first(got.size));
    } else if (got.error || waiting.over() || co_await client->wait_readable()) {
      if (home.closing) co_return;
      count_.failed_auth.add();
      log::debug("{}: {} did not finish its preamble", options_.tag, client->peer());
      co_return co_await refuse(*client, waiting);
    }
  }
  if (home.closing) co_return;
  waiting.stop();
  ticket->authenticated();
  count_.sessions.add();

  auto made = std::make_unique<connection>(*this, home, std::move(user), std::move(client));
  auto* running = made.get();
  home.connections.emplace(running, std::move(made));
  sweep_later(home);
  running->start(first.buffer.subspan(preamble.consumed(), got.size - preamble.consumed()));
}

/// The client's address out of the header in front of TLS, and admission for it. None: closed
/// without a word.
task<std::optional<tcp::endpoint>> server::learn_source(tcp_socket& socket,
                                                        std::optional<admission::ticket>& ticket) {
  const auto source =
      co_await net::read_proxy_header(socket, options_.proxy_protocol, options_.handshake_deadline);
  if (!source) {
    count_.handshakes_failed.add();
    log::debug("{}: PROXY header: {}", options_.tag, source.error().message());
    co_return std::nullopt;
  }
  ticket.reset();
  auto why = admission_verdict::admitted;
  auto own = admission_->arrive(source->address(), why);
  if (!own) {
    refused(source->address(), why);
    co_return std::nullopt;
  }
  ticket.emplace(std::move(*own));
  co_return *source;
}

/// Reads the first record. Who sends none for a moment gets a connection to the web server, and the
/// first of the three to say or end something ends this. `behind` becomes null where the web server
/// cannot be reached.
task<server::beginning> server::begin(shard& home, tls::stream& client,
                                      const asio::ip::address& source,
                                      const protocol::address*& behind, patience& waiting) {
  waiting.start(behind ? before_fallback : options_.preamble_deadline);
  const auto greeting = clock::now() + before_greeting;
  beginning out;
  for (;;) {
    out.got = client.read_record(out.buffer = io_buffers::plaintext_in());
    if (out.got.size != 0 || out.got.error || home.closing) break;
    if (out.web) {
      if (co_await wait_together(client, out.web->socket, greeting)) break;
      continue;
    }
    if (!waiting.over() && !co_await client.wait_readable()) continue;
    if (!behind || !waiting.over() || home.closing) break;
    waiting.stop();
    first_record meanwhile;
    auto connected = co_await connect_fallback_beside(home.context, *places_, source, *behind,
                                                      client, meanwhile);
    if (connected) out.web.emplace(std::move(*connected));
    if (meanwhile.got.size != 0 || meanwhile.got.error) {
      out.got = meanwhile.got;
      out.buffer = out.kept = std::move(meanwhile.data);
      break;
    }
    if (home.closing) break;
    if (!out.web) {
      missed(*behind, connected.error());
      behind = nullptr;
      waiting.start(options_.preamble_deadline);
    }
  }
  co_return out;
}

task<> server::hand_over(shard& home, std::unique_ptr<tls::stream> client,
                         const asio::ip::address& source, bytes first,
                         const protocol::address& behind, std::optional<fallback_connection> web,
                         std::optional<admission::ticket> ticket) {
  if (!web) {
    auto connected = co_await connect_fallback(home.context, *places_, source, behind);
    if (home.closing) co_return;
    if (!connected) {
      ticket->failed();
      missed(behind, connected.error());
      patience waiting(home.context, *client);
      waiting.start(options_.preamble_deadline);
      co_return co_await refuse(*client, waiting);
    }
    web.emplace(std::move(*connected));
  }
  count_.fallbacks.add();
  ticket.reset();  // it has a place of its own now
  co_await relay_fallback(std::move(client), std::move(first), std::move(*web));
}

task<> server::refuse(tls::stream& client, const patience& waiting) {
  client.finish();
  if (!waiting.over()) co_await client.drop_rest(most_after_refusal);
}

void server::missed(const protocol::address& behind, error_code why) {
  count_.fallbacks_missed.add();
  if (!next_fallback_warning_.due()) return;
  const auto said = why == errc::too_many_streams
                        ? "too many connections are with it, in all or of one source"
                        : why.message();
  log::warn(
      "{}: the fallback {} cannot be used, who has no password is closed: {} (said once a minute)",
      options_.tag, behind.to_string(), said);
}

}  // namespace anytls::server
