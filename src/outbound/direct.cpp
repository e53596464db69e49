#include "outbound/direct.h"

#include "net/tcp_endpoint.h"
#include "net/thread_resolver.h"

namespace anytls::outbound {
namespace {

class direct_attempt final : public attempt {
 public:
  direct_attempt(const request& what, const net::dial_options& dial, asio::io_context& here)
      : target_(what.target), allow_(what.allow), dial_(dial), here_(here) {}

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
    co_return std::make_unique<net::tcp_endpoint>(std::move(*socket));
  }

 private:
  protocol::address target_;
  std::shared_ptr<const address_filter> allow_;
  const net::dial_options& dial_;
  asio::io_context& here_;
};

}  // namespace

std::unique_ptr<attempt> direct::begin(const request& what, asio::io_context& here) {
  return std::make_unique<direct_attempt>(what, dial_, here);
}

}  // namespace anytls::outbound
