#pragma once
// An AnyTLS server on the caller's io_context. Targets are reached directly.

#include "anytls/options.h"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>

namespace anytls {

namespace detail {
class server_impl;
}

/// Everything happens on the thread that runs the io_context; there must be one such thread at a
/// time, and the server is used on it (or while it does not run). Destroy it before the io_context.
///
/// Clients reach every address that this host reaches, its loopback included.
class server {
 public:
  /// Listens; clients are served when the io_context runs. Throws std::invalid_argument (options,
  /// certificate; one sentence that says what to change) and boost::system::system_error (the port
  /// cannot be bound).
  server(boost::asio::io_context& io, server_options options);
  server(server&&) noexcept;
  server& operator=(server&&) noexcept;
  /// As close().
  ~server();

  /// The port that was bound.
  std::uint16_t port() const noexcept;

  /// Stops listening and ends every session. Returns at once, what is left to do happens in the
  /// io_context, whose run() can then return. Idempotent.
  void close();

 private:
  std::shared_ptr<detail::server_impl> core_;
};

}  // namespace anytls
