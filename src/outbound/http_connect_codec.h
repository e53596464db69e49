#pragma once
// The client's side of HTTP CONNECT (RFC 9110 §9.3.6) with basic authentication (RFC 7617).
//
// Flow: request -> status line -> fields, which are read over -> the empty line. Of an answer only
// its first line is kept; the whole may be max_head bytes. A status of 2xx is a tunnel, 1xx is an
// answer before the answer.

#include "outbound/proxy_codec.h"
#include "protocol/socks_address.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace anytls::outbound {

struct http_proxy_options {
  std::string username;
  std::string password;
  std::string path;  ///< request target instead of host and port; empty = those
  /// Sent too, in this order; one that has the name of ours stands instead of it. Names are tokens,
  /// values have no control characters.
  std::vector<std::pair<std::string, std::string>> headers;
};

class http_connect_codec final : public proxy_codec {
 public:
  static constexpr std::size_t max_head = 64 * 1024;

  /// `options` must outlive this. `target` fits fits().
  http_connect_codec(const http_proxy_options& options, protocol::address target);

  /// Whether a request line can name it: no blanks, no control characters, nothing that ends it.
  static bool fits(const protocol::address& target) noexcept;

  bytes hello() override;
  proxy_step next(bytes_view in) override;

 private:
  proxy_action end_of_line();
  proxy_action status_line() const;

  const http_proxy_options& options_;
  protocol::address target_;
  std::string line_;           ///< the status line so far
  bool in_fields_ = false;     ///< behind it
  std::size_t line_size_ = 0;  ///< of the line that is being read, without CR
  std::size_t size_ = 0;       ///< of everything so far
  bool interim_ = false;
};

}  // namespace anytls::outbound
