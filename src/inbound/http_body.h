#pragma once
// Where the body of an HTTP/1.x message ends (RFC 9112 §6, §7). Nothing is kept: bodies pass
// through.
//
// Flow: next() again and again with what has arrived, until done(). Whoever passes the body on as
// it is sends the `used` bytes; whoever takes the chunks off sends `payload`.

#include "base/bytes.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>

namespace anytls::inbound {

class http_body {
 public:
  enum class kind { none, length, chunked, until_close };
  /// How chunk lines are read. Servers pad sizes with blanks; in a request that is how bodies are
  /// smuggled.
  enum class strictness { request, response };

  http_body() = default;
  static http_body of_length(std::uint64_t size);
  static http_body in_chunks(strictness how);
  static http_body to_the_end();

  kind how() const noexcept { return kind_; }
  /// Never true for until_close: there the connection's end is the body's.
  bool done() const noexcept { return done_; }

  struct piece {
    std::size_t used = 0;  ///< bytes of this body at the front of the input
    bytes_view payload;    ///< the content among them
  };
  /// Takes something unless `in` is empty or the body is done. errc::protocol_error: malformed
  /// chunks.
  result<piece> next(bytes_view in);

 private:
  enum class state {
    size,
    extension,
    size_end,
    data,
    data_cr,
    data_lf,
    line_start,
    trailer,
    trailer_end,
    last_lf
  };
  /// One byte of framing. False: malformed.
  bool framing(std::uint8_t c) noexcept;

  kind kind_ = kind::none;
  strictness strictness_ = strictness::request;
  state state_ = state::size;
  bool done_ = true;
  std::uint8_t digits_ = 0;
  std::uint64_t left_ = 0;     ///< bytes of the body, or of the chunk
  std::size_t line_size_ = 0;  ///< bytes of the chunk extension, or of all trailers
};

}  // namespace anytls::inbound
