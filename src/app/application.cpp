#include "app/application.h"

#include "app/build_outbound.h"
#include "app/build_server.h"
#include "app/socket_setup.h"
#include "app/startup_error.h"
#include "base/allocator.h"
#include "base/log.h"
#include "net/fd_limit.h"

#include <fmt/format.h>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include <unistd.h>
#include <csignal>
#include <ranges>

namespace anytls::app {
namespace {

// What is left open after this is cut: SIGTERM ends the program within two seconds.
constexpr duration grace = 250ms;

constexpr duration housekeeping_interval = 30s;

const char* type_name(config::inbound_type t) {
  switch (t) {
    case config::inbound_type::mixed:
      return "mixed";
    case config::inbound_type::socks:
      return "socks";
    case config::inbound_type::http:
      return "http";
    case config::inbound_type::anytls:
      return "anytls";
  }
  return "";
}

inbound::proxy_type proxy_type(config::inbound_type t) {
  switch (t) {
    case config::inbound_type::socks:
      return inbound::proxy_type::socks;
    case config::inbound_type::http:
      return inbound::proxy_type::http;
    default:
      return inbound::proxy_type::mixed;
  }
}

}  // namespace

application::application(const config::config& from, std::size_t threads)
    : form_(from.form), threads_(threads) {
  std::signal(SIGPIPE, SIG_IGN);
  net::raise_fd_limit();
  std::vector<asio::io_context*> contexts;
  contexts.reserve(threads_.size());
  for (std::size_t i = 0; i < threads_.size(); ++i) contexts.push_back(&threads_[i]);
  outbounds_ = build_outbounds(from, contexts);
  for (const auto& one : outbounds_)
    if (one->tag() == from.final_outbound) final_ = one.get();
  for (const auto* on_the_way = from.final(); on_the_way;
       on_the_way = from.find(on_the_way->dial.detour))
    for (const auto& one : outbounds_)
      if (one->tag() == on_the_way->tag) used_.push_back(one.get());
  if (!final_) throw startup_error("there is no outbound to use: add one of type anytls or direct");
  if (from.inbounds.empty())
    throw startup_error("there is no inbound to listen on: add one of type mixed");
  for (std::size_t i = 0; i < from.inbounds.size(); ++i) add_inbound(from.inbounds[i], i);
}

application::~application() {
  // Those that dial through others before these.
  while (!outbounds_.empty()) outbounds_.pop_back();
}

void application::add_inbound(const config::inbound& from, std::size_t) {
  if (from.type == config::inbound_type::anytls) {
    servers_.push_back(build_server(from, *final_));
    listen(from, [server = servers_.back().get()](asio::io_context& here, tcp_socket socket) {
      server->accept(here, std::move(socket));
    });
    return;
  }
  inbound::proxy_options options;
  options.tag = from.tag;
  options.type = proxy_type(from.type);
  for (const auto& user : from.users) options.users.push_back({user.name, user.password});
  options.wait_for_target = from.wait_for_target;
  options.proxy_protocol = from.proxy_protocol;
  proxies_.push_back(std::make_unique<inbound::proxy_inbound>(
      std::move(options),
      [this](const outbound::request&) -> outbound::outbound& { return *final_; }));
  listen(from, [proxy = proxies_.back().get()](asio::io_context& here, tcp_socket socket) {
    proxy->accept(here, std::move(socket));
  });
}

void application::listen(const config::inbound& from,
                         std::function<void(asio::io_context&, tcp_socket)> accept) {
  const auto where = net::listen_endpoint(from.listen, from.port);
  const auto text =
      protocol::address::from_host(from.listen.empty() ? "::" : from.listen, from.port).to_string();
  if (!where)
    throw startup_error(
        fmt::format("{}: {} is no address to listen on; write an IP address", from.tag, text));
  net::listener_options options;
  options.reuse_port = threads_.size() > 1;
  options.setup = listen_setup(from, form_);
  auto made = net::listen_on_all(threads_, *where, options);
  if (!made) {
    const auto error = made.error();
    const char* advice = error == asio::error::address_in_use
                             ? "; choose another port or stop what uses it"
                         : error == asio::error::access_denied
                             ? "; ports below 1024 need root or CAP_NET_BIND_SERVICE"
                             : "";
    throw startup_error(
        fmt::format("{}: cannot listen on {}: {}{}", from.tag, text, error.message(), advice));
  }
  const auto bound = made->front()->local_endpoint();
  ports_.push_back(bound.port());
  listening_.push_back(fmt::format(
      "listening on {} ({})",
      protocol::address::from_host(bound.address().to_string(), bound.port()).to_string(),
      type_name(from.type)));
  for (std::size_t i = 0; i < made->size(); ++i) {
    (*made)[i]->start([accept, &context = threads_[i]](tcp_socket socket) {
      accept(context, std::move(socket));
    });
    listeners_.push_back(std::move((*made)[i]));
  }
}

void application::run(bool handle_signals) {
  std::unique_ptr<asio::signal_set> signals;
  if (handle_signals) {
    signals = std::make_unique<asio::signal_set>(threads_[0], SIGINT, SIGTERM);
    signals->async_wait([this, &signals](error_code ec, int) {
      if (ec) return;
      signals->async_wait([](error_code again, int) {
        if (!again) ::_exit(0);
      });
      stop_on_home_thread();
    });
  }
  // Only what can get traffic is kept warm.
  for (auto* one : used_) one->start();
  host_watch_ = std::make_unique<net::host_watch>(
      threads_[0],
      net::host_watch::handlers{
          .slept = [this](std::string_view why) { host_changed(true, why); },
          .network = [this] { host_changed(false, "the way to the server has changed"); }});
  host_watch_->start();
  housekeeping_ = std::make_unique<timer>(threads_[0]);
  keep_house();
  threads_.run();
  housekeeping_.reset();
  host_watch_.reset();
  signals.reset();
  grace_.reset();
}

void application::host_changed(bool slept, std::string_view why) {
  // Whoever lies over another asks what that one has found.
  for (auto* one : std::views::reverse(used_)) one->host_changed(slept, why);
}

void application::keep_house() {
  housekeeping_->expires_after(housekeeping_interval);
  housekeeping_->async_wait([this](error_code ec) {
    if (ec) return;
    give_back_free_memory();
    keep_house();
  });
}

void application::stop() {
  asio::post(threads_[0], [this] { stop_on_home_thread(); });
}

void application::stop_on_home_thread() {
  if (std::exchange(stopping_, true)) return;
  log::debug("shutting down");
  // Each on its own thread; listen() made one for every thread, in their order.
  for (std::size_t i = 0; i < listeners_.size(); ++i)
    asio::post(threads_[i % threads_.size()], [one = listeners_[i].get()] { one->stop(); });
  if (host_watch_) host_watch_->stop();
  for (auto& one : proxies_) one->shut_down();
  for (auto& one : servers_) one->shut_down();
  for (auto one = outbounds_.rbegin(); one != outbounds_.rend(); ++one) (*one)->shut_down();
  // Closing takes a turn or two of each thread; a moment is enough, and nothing waits for a peer.
  grace_ = std::make_unique<timer>(threads_[0], grace);
  grace_->async_wait([this](error_code) { threads_.stop(); });
}

}  // namespace anytls::app
