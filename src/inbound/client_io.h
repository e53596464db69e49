#pragma once
// The application's connection as the inbounds read and write it: a socket, the bytes that were
// read too far, and one deadline. Used on the thread of its socket; leave() and enter() bring it to
// another one.

#include "base/asio.h"
#include "base/bytes.h"
#include "base/result.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace anytls::inbound {

class client_io {
 public:
  /// `socket` is connected.
  explicit client_io(tcp_socket socket);
  ~client_io();
  client_io(const client_io&) = delete;
  client_io& operator=(const client_io&) = delete;

  /// Never more than this is read ahead of what was consumed.
  static constexpr std::size_t max_unread = 64 * 1024;

  bytes_view unread() const noexcept { return bytes_view(buffer_).subspan(at_); }
  bool full() const noexcept { return unread().size() >= max_unread; }
  void consume(std::size_t size) noexcept;

  /// Adds to unread(); not to be called when full(). asio::error::eof at the end, timed_out when
  /// the deadline has passed, operation_aborted after cancel(). While it waits it holds no memory.
  task<error_code> read_more();
  task<error_code> send(bytes_view data);
  task<error_code> send(std::string_view text) { return send(as_bytes(text)); }

  /// Wakes read_more() and send().
  void cancel() noexcept;

  /// From now on; replaces the one before.
  void set_deadline(duration from_now);
  void clear_deadline();

  /// Ends so that the last bytes sent arrive: an immediate close with unread input would reset the
  /// connection under them. Takes 2 seconds at most.
  task<void> close_gently();
  /// Ends so that the application sees that the transfer is not whole. Idempotent.
  void reset() noexcept;
  bool open() const noexcept { return socket_ && socket_->is_open(); }

  /// For a relay. What is unread has to be delivered first.
  tcp_socket take_socket();

  /// Off this thread: nothing may be waiting. Then enter() on the other one.
  void leave();
  void enter(asio::io_context& on);
  /// Closes what is open and lets go of all that belongs to the thread.
  void drop() noexcept;

 private:
  void expired();

  std::optional<tcp_socket> socket_;
  std::optional<timer> deadline_;
  std::shared_ptr<client_io*>
      self_;             ///< null inside once destroyed: timer handlers look here first
  int descriptor_ = -1;  ///< between leave() and enter()
  tcp protocol_ = tcp::v4();
  bytes buffer_;
  std::size_t at_ = 0;
  bool timed_out_ = false;
};

}  // namespace anytls::inbound
