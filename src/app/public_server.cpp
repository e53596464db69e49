#include "anytls/server.h"

#include "app/public_server_impl.h"

namespace anytls {

server::server(asio::io_context& io, server_options options)
    : core_(detail::server_impl::start(io, options)) {}

server::server(server&&) noexcept = default;

server& server::operator=(server&& other) noexcept {
  if (this == &other) return *this;
  close();
  core_ = std::move(other.core_);
  return *this;
}

server::~server() { close(); }

std::uint16_t server::port() const noexcept { return core_->port(); }

void server::close() {
  if (core_) core_->close();
}

}  // namespace anytls
