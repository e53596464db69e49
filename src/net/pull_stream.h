#pragma once
// An endpoint read and written by a coroutine, for code that has to look at the bytes: the plain
// HTTP proxy and the public API. Relays do not use it: they push.

#include "base/endpoint.h"

#include <memory>
#include <string>
#include <utility>

namespace anytls::net {

/// One thread. One reader and one writer at a time. Destroying it mid-way resets the endpoint.
class pull_stream {
 public:
  explicit pull_stream(std::unique_ptr<endpoint> remote);
  ~pull_stream();
  pull_stream(pull_stream&&) noexcept;
  pull_stream& operator=(pull_stream&&) noexcept;

  /// asio::error::eof at a clean end, after everything was read. Holds at most 256 KiB that nobody
  /// has read.
  task<std::pair<error_code, std::size_t>> read_some(mutable_bytes out);

  /// Returns when `data` is taken and the endpoint is not congested any more.
  task<error_code> write(bytes_view data);

  /// No more writes will follow.
  void finish();
  /// Delivers what was written and ends both directions. Readers get operation_aborted; what was
  /// not read is dropped.
  void close();
  /// Ends the endpoint so that its far side sees a reset. Waiters get `reason`.
  void reset(error_code reason);

  task<error_code> wait_established();
  /// What the far side said about the endpoint's end, if anything.
  std::string detail() const;

 private:
  class end;
  std::shared_ptr<end> end_;
};

}  // namespace anytls::net
