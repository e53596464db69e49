#include "inbound/proxy_inbound.h"

#include "inbound/connection.h"

#include <boost/asio/post.hpp>

namespace anytls::inbound {

proxy_inbound::proxy_inbound(proxy_options options, router route)
    : state_(std::make_shared<inbound_state>()) {
  state_->users = user_list(std::move(options.users));
  state_->options = std::move(options);
  state_->route = std::move(route);
}

proxy_inbound::~proxy_inbound() = default;

const std::string& proxy_inbound::tag() const noexcept { return state_->options.tag; }

void proxy_inbound::accept(asio::io_context& here, tcp_socket socket) {
  auto c = std::make_shared<connection>(state_, here, std::move(socket));
  {
    std::lock_guard lock(state_->mutex);
    if (state_->closing) return;
    state_->connections.emplace(c.get(), inbound_state::place{&here, c});
  }
  c->start();
}

void proxy_inbound::shut_down() {
  // Posted under the lock: a connection that moves takes it too, so that it is found where it is
  // going to be.
  std::lock_guard lock(state_->mutex);
  state_->closing = true;
  for (const auto& [key, place] : state_->connections)
    asio::post(*place.on, [who = place.who] {
      if (const auto c = who.lock()) c->abort();
    });
}

std::size_t proxy_inbound::connections() const {
  std::lock_guard lock(state_->mutex);
  return state_->connections.size();
}

}  // namespace anytls::inbound
