#include "outbound/direct.h"

#include "net/tcp_endpoint.h"
#include "net/thread_resolver.h"

namespace anytls::outbound {
namespace {

class direct_attempt final : public attempt {
 public:
  direct_attempt(protocol::address target, const request& what, const net::dial_options& dial,
                 asio::io_context& here)
      : target_(std::move(target)), allow_(what.allow), dial_(dial), here_(here) {}

  asio::io_context& context() override { return here_; }

  task<result<std::unique_ptr<endpoint>>> open() override {
    net::dialer dialer(here_, net::resolver_of(here_));
    auto options = dial_;
    if (allow_) {
      options.allow = [own = std::move(options.allow), asked = allow_](const auto& address) {
        return (!own || own(address)) && (*asked)(address);
      };
    }
    auto socket = co_await dialer.connect(target_, std::move(options));
    if (!socket) co_return socket.error();
    const bool unconnected = dial_.sockets.setup && dial_.sockets.setup->fast_open &&
                             net::awaits_first_data(socket->native_handle());
    auto made = std::make_unique<net::tcp_endpoint>(std::move(*socket));
    if (unconnected) made->connects_with_first_data();
    co_return std::unique_ptr<endpoint>(std::move(made));
  }

 private:
  protocol::address target_;
  std::shared_ptr<const address_filter> allow_;
  const net::dial_options& dial_;
  asio::io_context& here_;
};

}  // namespace

std::unique_ptr<attempt> direct::begin(const request& what, asio::io_context& here) {
  auto target = what.target;
  const auto port = instead_.port != 0 ? instead_.port : target.port;
  if (!instead_.address.empty())
    target = protocol::address::from_host(instead_.address, port);
  else
    target.port = port;
  return std::make_unique<direct_attempt>(std::move(target), what, dial_, here);
}

}  // namespace anytls::outbound
