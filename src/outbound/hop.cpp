#include "outbound/hop.h"

#include "net/tcp_endpoint.h"
#include "net/thread_resolver.h"
#include "outbound/bridge.h"
#include "outbound/time_limit.h"

namespace anytls::outbound {
namespace {

// The attempt lives as long as what it does.
task<result<connection>> open_through(std::unique_ptr<attempt> through) {
  co_return co_await through->open_connection();
}

}  // namespace

hop::hop(const way& how, request what, asio::io_context& here)
    : how_(how), what_(std::move(what)), here_(here) {
  if (how_.through) inner_ = how_.through->begin(what_, here_);
}

task<result<connection>> hop::open(duration within) {
  if (inner_) {
    auto& there = inner_->context();
    co_return co_await time_limit(there, within, open_through(std::move(inner_)));
  }
  auto options = filtered(how_.dial, what_.allow);
  options.connect_timeout = within;
  net::dialer dialer(here_, net::resolver_of(here_));
  auto socket = co_await dialer.connect(what_.target, std::move(options));
  if (!socket) co_return socket.error();
  co_return connection(std::move(*socket));
}

task<result<tcp_socket>> hop::open_socket(duration within) {
  auto& home = context();
  auto made = co_await open(within);
  if (!made) co_return made.error();
  if (auto* socket = std::get_if<tcp_socket>(&*made)) co_return std::move(*socket);
  co_return bridge(home, std::get<std::unique_ptr<endpoint>>(std::move(*made)));
}

net::dial_options filtered(net::dial_options options,
                           const std::shared_ptr<const address_filter>& allow) {
  if (allow) {
    options.allow = [own = std::move(options.allow), asked = allow](const auto& address) {
      return (!own || own(address)) && (*asked)(address);
    };
  }
  return options;
}

net::dial_options without_fast_open(net::dial_options options) {
  if (options.sockets.setup && options.sockets.setup->fast_open) {
    auto plain = *options.sockets.setup;
    plain.fast_open = false;
    options.sockets.setup = std::make_shared<const net::socket_setup>(std::move(plain));
  }
  return options;
}

std::unique_ptr<endpoint> as_endpoint(connection from) {
  if (auto* socket = std::get_if<tcp_socket>(&from))
    return std::make_unique<net::tcp_endpoint>(std::move(*socket));
  return std::get<std::unique_ptr<endpoint>>(std::move(from));
}

}  // namespace anytls::outbound
