#include "outbound/anytls.h"

#include "net/thread_resolver.h"
#include "tls/stream.h"

namespace anytls::outbound {
namespace {

constexpr duration handshake_deadline = 10s;

class anytls_attempt final : public attempt {
 public:
  anytls_attempt(pool::session_pool& pool, pool::session_pool::reservation reserved,
                 protocol::address target, asio::io_context& here)
      : pool_(pool),
        reserved_(std::move(reserved)),
        context_(reserved_ ? reserved_.context() : here),
        target_(std::move(target)) {}

  asio::io_context& context() override { return context_; }

  task<result<std::unique_ptr<endpoint>>> open() override {
    if (reserved_)
      if (auto* session = pool_.claim(std::move(reserved_)))
        if (auto stream = session->open(target_))
          co_return std::unique_ptr<endpoint>(std::move(stream));
    // None was idle, or it ended between the look and the hand.
    auto session = co_await pool_.connect(context_);
    if (!session) co_return session.error();
    auto stream = (*session)->open(target_);
    if (!stream) co_return errc::session_closed;
    co_return std::unique_ptr<endpoint>(std::move(stream));
  }

 private:
  pool::session_pool& pool_;
  pool::session_pool::reservation reserved_;
  asio::io_context& context_;
  protocol::address target_;
};

}  // namespace

anytls::anytls(anytls_options options, std::vector<asio::io_context*> threads)
    : options_(std::move(options)),
      description_(options_.tag + " (" +
                   protocol::address::from_host(options_.server, options_.port).to_string() + ")"),
      server_(protocol::address::from_host(options_.server, options_.port)),
      pool_(
          description_, options_.pool, options_.words, sha256(as_bytes(options_.password)),
          [this](asio::io_context& here) { return dial(here); }, std::move(threads)) {}

std::unique_ptr<attempt> anytls::begin(const request& what, asio::io_context& here) {
  return std::make_unique<anytls_attempt>(pool_, pool_.reserve(what.pinned ? &here : nullptr),
                                          what.target, here);
}

task<result<std::unique_ptr<transport>>> anytls::dial(asio::io_context& here) {
  net::dialer dialer(here, net::resolver_of(here));
  auto socket = co_await dialer.connect(server_, options_.dial);
  if (!socket) co_return socket.error();
  auto connection =
      co_await tls::stream::connect(std::move(*socket), options_.tls, handshake_deadline);
  if (!connection) co_return connection.error();
  co_return std::unique_ptr<transport>(std::move(*connection));
}

}  // namespace anytls::outbound
