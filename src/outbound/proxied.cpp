#include "outbound/proxied.h"

#include "outbound/negotiate.h"
#include "outbound/time_limit.h"
#include "outbound/tls_endpoint.h"

namespace anytls::outbound {
namespace {

proxied_options for_connections(proxied_options options) {
  options.by.dial = without_fast_open(std::move(options.by.dial));
  return options;
}

}  // namespace

class proxied::proxied_attempt final : public attempt {
 public:
  proxied_attempt(const proxied& owner, const request& what, asio::io_context& here)
      : owner_(owner),
        target_(what.target),
        allow_(what.allow),
        hop_(owner.options_.by, ask_for_proxy(owner, what), here) {}

  asio::io_context& context() override { return hop_.context(); }

  task<result<std::unique_ptr<endpoint>>> open() override {
    auto made = co_await open_connection();
    if (!made) co_return made.error();
    co_return as_endpoint(std::move(*made));
  }

  task<result<connection>> open_connection() override {
    auto& home = context();
    co_return co_await time_limit(home, limit(), reach(home));
  }

 private:
  // What the request says of addresses is about the target, which the proxy resolves.
  static request ask_for_proxy(const proxied& owner, request what) {
    what.target = protocol::address::from_host(owner.options_.server, owner.options_.port);
    what.allow.reset();
    return what;
  }

  task<result<connection>> reach(asio::io_context& home) {
    auto codec = co_await owner_.words(home, target_, allow_);
    if (!codec) co_return codec.error();
    auto to_proxy = owner_.options_.tls ? secured() : hop_.open(limit());
    auto reached = co_await std::move(to_proxy);
    if (!reached) co_return reached.error();
    co_return co_await negotiate(std::move(*reached), std::move(*codec));
  }

  task<result<connection>> secured() {
    auto socket = co_await hop_.open_socket(limit());
    if (!socket) co_return socket.error();
    auto made = co_await tls::stream::connect(std::move(*socket), owner_.options_.tls, limit(),
                                              owner_.options_.alpn);
    if (!made) co_return made.error();
    co_return connection(std::make_unique<tls_endpoint>(std::move(*made)));
  }

  duration limit() const noexcept { return owner_.options_.by.dial.connect_timeout; }

  const proxied& owner_;
  protocol::address target_;
  std::shared_ptr<const address_filter> allow_;
  hop hop_;
};

proxied::proxied(proxied_options options)
    : options_(for_connections(std::move(options))),
      description_(options_.tag + " (" +
                   protocol::address::from_host(options_.server, options_.port).to_string() + ")") {
}

std::unique_ptr<attempt> proxied::begin(const request& what, asio::io_context& here) {
  return std::make_unique<proxied_attempt>(*this, what, here);
}

}  // namespace anytls::outbound
