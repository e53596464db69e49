#pragma once
// Heads of HTTP/1.x messages (RFC 9112): from bytes to fields and back.
//
// Flow: the driver collects bytes, asks a head_scanner where the head ends, and has it parsed as a
// whole. Requests are read strictly (two readers that understand one request differently are how
// requests are smuggled); responses with the tolerance that servers need: bare LF, folded lines.
// What is sent on is always written anew, in the strict form.

#include "base/bytes.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace anytls::inbound {

inline constexpr std::size_t max_http_head = 64 * 1024;

/// Finds the empty line that ends a head. Remembers how far it has looked: a head that comes in
/// 1-byte pieces must not cost quadratic time.
class head_scanner {
 public:
  /// `in` begins at the same byte every time. The size of the head, or nullopt: it is not complete.
  std::optional<std::size_t> find(bytes_view in) noexcept;

 private:
  std::size_t looked_at_ = 0;
  std::size_t line_ = 0;  ///< where the line at looked_at_ began
  bool has_lines_ = false;
};

struct http_field {
  std::string name;
  std::string value;
  bool operator==(const http_field&) const = default;
};

struct http_fields : std::vector<http_field> {
  using std::vector<http_field>::vector;

  std::size_t count(std::string_view name) const noexcept;
  /// The first one's value; empty where there is none.
  std::string_view get(std::string_view name) const noexcept;
  /// Whether a comma-separated list, spread over any number of fields, names `token` (case is
  /// ignored).
  bool lists(std::string_view name, std::string_view token) const;
  /// All elements of such a list, in order.
  std::vector<std::string_view> list(std::string_view name) const;
};

struct request_head {
  std::string method;
  std::string target;
  int minor = 1;  ///< of HTTP/1.minor: 0 or 1
  http_fields fields;
};

struct response_head {
  int minor = 1;
  int status = 0;
  std::string reason;
  http_fields fields;
};

/// Why a message is refused, with the status that says so.
struct http_refusal {
  int status = 400;
  std::string_view reason;  ///< a literal
  bool operator==(const http_refusal&) const = default;
};

/// `head` is what head_scanner measured, its empty line included.
std::variant<request_head, http_refusal> parse_request_head(bytes_view head);
std::variant<response_head, http_refusal> parse_response_head(bytes_view head);

/// Whether the first byte can begin a request line (or is one of the line ends allowed before it).
bool begins_http(std::uint8_t first) noexcept;

bool same_text(std::string_view a, std::string_view b) noexcept;  ///< ASCII case is ignored
void append_field(std::string& out, std::string_view name, std::string_view value);

}  // namespace anytls::inbound
