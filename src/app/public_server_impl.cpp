#include "app/public_server_impl.h"

#include "app/build_server.h"
#include "app/cancel_group.h"
#include "app/public_options.h"
#include "app/startup_error.h"
#include "net/listener.h"
#include "outbound/direct.h"

#include <fmt/format.h>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <stdexcept>

namespace anytls::detail {
namespace {

/// The targets themselves, by dials that close() ends.
class closable_direct final : public outbound::outbound {
 public:
  explicit closable_direct(net::dial_options dial) : inner_("direct", std::move(dial)) {}

  const std::string& tag() const noexcept override { return inner_.tag(); }
  std::string describe() const override { return inner_.describe(); }
  std::unique_ptr<anytls::outbound::attempt> begin(const anytls::outbound::request& what,
                                                   asio::io_context& here) override {
    return std::make_unique<closable_attempt>(dials_, inner_.begin(what, here));
  }
  void shut_down() override { dials_.cancel_all(); }

 private:
  class closable_attempt final : public anytls::outbound::attempt {
   public:
    closable_attempt(app::cancel_group& group, std::unique_ptr<attempt> inner)
        : group_(group), inner_(std::move(inner)) {}
    asio::io_context& context() override { return inner_->context(); }
    task<result<std::unique_ptr<endpoint>>> open() override {
      return group_.run(inner_->context(), inner_->open());
    }

   private:
    app::cancel_group& group_;
    std::unique_ptr<attempt> inner_;
  };

  anytls::outbound::direct inner_;
  app::cancel_group dials_;
};

class direct_server final : public server_impl {
 public:
  direct_server(asio::io_context& io, net::dial_options dial) : io_(io), direct_(std::move(dial)) {}

  void listen(const config::inbound& options) {
    const auto where = net::listen_endpoint(options.listen, options.port);
    if (!where)
      throw std::invalid_argument(fmt::format("listen: {} is no IP address", options.listen));
    try {
      server_ = app::build_server(options, direct_, weak_from_this());
    } catch (const app::startup_error& e) {
      throw std::invalid_argument(e.what());
    }
    auto made = net::listener::make(io_, *where);
    if (!made)
      throw boost::system::system_error(made.error(),
                                        fmt::format("cannot listen on port {}", options.port));
    listener_ = std::move(*made);
    listener_->start([this](tcp_socket socket) { server_->accept(io_, std::move(socket)); });
    app::abandon_with(io_, weak_from_this());
  }

  std::uint16_t port() const noexcept override { return listener_->local_endpoint().port(); }

  void close() override {
    listener_->stop();
    server_->shut_down();
    // Asio's cancellation is only sound on the thread of the io_context, and we may be called while
    // none runs.
    asio::post(io_, [this, me = shared_from_this()] { direct_.shut_down(); });
  }

  void abandon() noexcept override { server_->abandon(); }

 private:
  asio::io_context& io_;
  closable_direct direct_;
  std::unique_ptr<server::server> server_;
  std::unique_ptr<net::listener> listener_;
};

}  // namespace

std::shared_ptr<server_impl> server_impl::start(asio::io_context& io,
                                                const server_options& options) {
  const auto checked = app::to_inbound(options);
  net::dial_options dial;
  dial.connect_timeout = options.connect_timeout;
  auto made = std::make_shared<direct_server>(io, std::move(dial));
  made->listen(checked);
  return made;
}

}  // namespace anytls::detail
