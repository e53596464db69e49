#pragma once
// An AnyTLS client on the caller's io_context: streams to targets through a server, on sessions
// that are used again.

#include "anytls/options.h"
#include "anytls/stream.h"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace anytls {

/// Everything happens on the thread that runs the io_context; there must be one such thread at a
/// time, and the client and its streams are used on it (or while it does not run). Destroy client
/// and streams before the io_context.
///
/// A client with open sessions, idle ones included, is work for the io_context: run() returns after
/// close().
class client {
 public:
  /// Connects to the server only if sessions are to be made ahead of use, and when the io_context
  /// runs. Throws std::invalid_argument, one sentence that says what to change.
  client(boost::asio::io_context& io, client_options options);
  client(client&&) noexcept;
  client& operator=(client&&) noexcept;
  /// As close().
  ~client();

  /// Opens a stream to `host` (a name, which the server resolves, or an IP address) and `port`.
  /// Completes with void(error_code, stream): on an idle session at once, else after TCP and TLS.
  /// The server's opinion of password and target comes later, as an error of reading, unless
  /// client_options::wait_for_target. Errors: errc::name_not_found, errc::connect_timeout and those
  /// of the system (connection_refused) for the server; errc::tls_* and errc::certificate_*;
  /// errc::target_refused and errc::wrong_password with wait_for_target; errc::shutting_down after
  /// close(); boost::asio::error::invalid_argument for a host that is empty or over 255 bytes;
  /// operation_aborted when cancelled (terminal). Any number may be under way.
  template <typename CompletionToken>
  auto async_open(std::string host, std::uint16_t port, CompletionToken&& token) {
    return boost::asio::async_initiate<CompletionToken, void(error_code, stream)>(
        [core = core_](auto&& handler, std::string to, std::uint16_t at) {
          const auto slot = boost::asio::get_associated_cancellation_slot(handler);
          start_open(core, std::move(to), at, slot,
                     detail::erase_handler<error_code, stream>(
                         std::forward<decltype(handler)>(handler), executor_of(*core)));
        },
        token, std::move(host), port);
  }

  /// Ends every session and resets the streams that are left; openings under way complete with
  /// errc::shutting_down. Returns at once, what is left to do happens in the io_context (a session
  /// that is just being made ahead of use may take it until connect_timeout and 10 s more). A
  /// closed client keeps some memory until the io_context ends. Idempotent.
  void close();

 private:
  using open_completion = std::unique_ptr<detail::completion<error_code, stream>>;
  static boost::asio::any_io_executor executor_of(detail::client_impl& core);
  static void start_open(const std::shared_ptr<detail::client_impl>& core, std::string host,
                         std::uint16_t port, boost::asio::cancellation_slot slot,
                         open_completion done);

  std::shared_ptr<detail::client_impl> core_;
};

}  // namespace anytls
