#pragma once
// One connection to a target, carried by an AnyTLS session. For Boost.Asio it is an AsyncReadStream
// and an AsyncWriteStream: boost::asio::async_read, async_read_until, async_write and ssl::stream
// work on it.

#include "anytls/detail/completion.h"
#include "anytls/error.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>

#include <array>
#include <cstddef>
#include <memory>

namespace anytls {

namespace detail {
class client_impl;
}

/// Belongs to the io_context of its client and is used on the thread that runs it. At most one read
/// and one write at a time; the buffers must stay valid until the operation completes. Destroy it
/// before the io_context.
///
/// Back-pressure: a reader that does not read holds at most 256 KiB here, then its session stops
/// reading.
class stream {
 public:
  using executor_type = boost::asio::any_io_executor;

  /// Not connected and without an executor: only to be assigned to.
  stream() noexcept;
  stream(stream&&) noexcept;
  /// What was here before ends as in the destructor.
  stream& operator=(stream&&) noexcept;
  /// A stream whose both directions have ended closes; any other is reset. Operations in flight
  /// complete with boost::asio::error::operation_aborted.
  ~stream();

  executor_type get_executor() const noexcept { return executor_; }

  /// Neither close() nor reset() was called, and the stream came out of a successful open.
  bool is_open() const noexcept;

  /// Completes with void(error_code, std::size_t) as soon as at least one byte has arrived. Errors:
  /// boost::asio::error::eof after a clean end (everything before it has been read);
  /// errc::stream_reset, errc::target_refused; errc::wrong_password, errc::session_closed and
  /// others of the connection underneath; operation_aborted after close(), destruction or
  /// cancellation. Supports terminal cancellation, which loses no data.
  template <typename MutableBufferSequence, typename CompletionToken>
  auto async_read_some(const MutableBufferSequence& buffers, CompletionToken&& token) {
    return boost::asio::async_initiate<CompletionToken, void(error_code, std::size_t)>(
        [this](auto&& handler, boost::asio::mutable_buffer to) {
          const auto slot = boost::asio::get_associated_cancellation_slot(handler);
          start_read(to, slot,
                     detail::erase_handler<error_code, std::size_t>(
                         std::forward<decltype(handler)>(handler), executor_));
        },
        token, first_of(buffers));
  }

  /// Completes with void(error_code, std::size_t) when the bytes are taken and there is room for
  /// more. May take fewer than were given (at most 256 KiB): use boost::asio::async_write. That
  /// they were taken does not mean that they have arrived. Errors as above,
  /// boost::asio::error::broken_pipe after shutdown_send(). After a cancelled write nobody knows
  /// how much was sent.
  template <typename ConstBufferSequence, typename CompletionToken>
  auto async_write_some(const ConstBufferSequence& buffers, CompletionToken&& token) {
    return boost::asio::async_initiate<CompletionToken, void(error_code, std::size_t)>(
        [this](auto&& handler, buffer_list from) {
          const auto slot = boost::asio::get_associated_cancellation_slot(handler);
          start_write(from, slot,
                      detail::erase_handler<error_code, std::size_t>(
                          std::forward<decltype(handler)>(handler), executor_));
        },
        token, list_of(buffers));
  }

  /// No more writes will follow; reading goes on. AnyTLS has no half-close (docs/spec/protocol.md):
  /// the target hears of it when the downlink has ended, or after
  /// client_options::half_close_timeout without a byte.
  void shutdown_send();

  /// Delivers what was written, then ends both directions. What arrives is thrown away.
  void close();

  /// Ends at once. AnyTLS cannot tell a server so: the target sees an end.
  void reset();

 private:
  friend class detail::client_impl;
  class impl;
  static constexpr std::size_t most_buffers = 16;
  struct buffer_list {
    std::array<boost::asio::const_buffer, most_buffers> items;
    std::size_t count = 0;
  };
  using io_completion = std::unique_ptr<detail::completion<error_code, std::size_t>>;

  stream(executor_type where, std::shared_ptr<impl> connected);

  template <typename Sequence>
  static boost::asio::mutable_buffer first_of(const Sequence& buffers) {
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto at = boost::asio::buffer_sequence_begin(buffers); at != end; ++at)
      if (const boost::asio::mutable_buffer one(*at); one.size() != 0) return one;
    return {};
  }
  template <typename Sequence>
  static buffer_list list_of(const Sequence& buffers) {
    buffer_list out;
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto at = boost::asio::buffer_sequence_begin(buffers);
         at != end && out.count < most_buffers; ++at)
      if (const boost::asio::const_buffer one(*at); one.size() != 0) out.items[out.count++] = one;
    return out;
  }

  void start_read(boost::asio::mutable_buffer to, boost::asio::cancellation_slot slot,
                  io_completion done);
  void start_write(const buffer_list& from, boost::asio::cancellation_slot slot,
                   io_completion done);

  executor_type executor_;
  std::shared_ptr<impl> impl_;
};

}  // namespace anytls
