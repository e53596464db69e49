#include "outbound/direct.h"

#include "net/tcp_endpoint.h"
#include "net/thread_resolver.h"

namespace anytls::outbound {
namespace {

class direct_attempt final : public attempt {
 public:
  direct_attempt(protocol::address target, const net::dial_options& dial, asio::io_context& here)
      : target_(std::move(target)), dial_(dial), here_(here) {}

  asio::io_context& context() override { return here_; }

  task<result<std::unique_ptr<endpoint>>> open() override {
    net::dialer dialer(here_, net::resolver_of(here_));
    auto socket = co_await dialer.connect(target_, dial_);
    if (!socket) co_return socket.error();
    co_return std::make_unique<net::tcp_endpoint>(std::move(*socket));
  }

 private:
  protocol::address target_;
  const net::dial_options& dial_;
  asio::io_context& here_;
};

}  // namespace

std::unique_ptr<attempt> direct::begin(const request& what, asio::io_context& here) {
  return std::make_unique<direct_attempt>(what.target, dial_, here);
}

}  // namespace anytls::outbound
