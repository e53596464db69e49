#include "outbound/direct.h"

#include "net/tcp_endpoint.h"
#include "net/thread_resolver.h"

namespace anytls::outbound {
namespace {

class direct_attempt final : public attempt {
 public:
  direct_attempt(request what, const net::dial_options& dial, const way& for_others,
                 asio::io_context& here)
      : target_(what.target),
        allow_(what.allow),
        dial_(dial),
        for_others_(for_others),
        hop_(for_others, std::move(what), here) {}

  asio::io_context& context() override { return hop_.context(); }

  task<result<std::unique_ptr<endpoint>>> open() override {
    if (for_others_.through) {
      auto made = co_await open_connection();
      if (!made) co_return made.error();
      co_return as_endpoint(std::move(*made));
    }
    auto& here = hop_.context();
    net::dialer dialer(here, net::resolver_of(here));
    auto socket = co_await dialer.connect(target_, filtered(dial_, allow_));
    if (!socket) co_return socket.error();
    const bool unconnected = dial_.sockets.setup && dial_.sockets.setup->fast_open &&
                             net::awaits_first_data(socket->native_handle());
    auto made = std::make_unique<net::tcp_endpoint>(std::move(*socket));
    if (unconnected) made->connects_with_first_data();
    co_return std::unique_ptr<endpoint>(std::move(made));
  }

  task<result<connection>> open_connection() override {
    co_return co_await hop_.open(for_others_.dial.connect_timeout);
  }

 private:
  protocol::address target_;
  std::shared_ptr<const address_filter> allow_;
  const net::dial_options& dial_;
  const way& for_others_;
  hop hop_;
};

}  // namespace

std::unique_ptr<attempt> direct::begin(const request& what, asio::io_context& here) {
  auto instead = what;
  const auto port = instead_.port != 0 ? instead_.port : what.target.port;
  if (!instead_.address.empty())
    instead.target = protocol::address::from_host(instead_.address, port);
  else
    instead.target.port = port;
  return std::make_unique<direct_attempt>(std::move(instead), dial_, for_others_, here);
}

}  // namespace anytls::outbound
