#include "protocol/client_hello.h"

#include <optional>

namespace anytls::protocol {
namespace {

constexpr std::uint8_t handshake_record = 22;
constexpr std::uint8_t client_hello = 1;
constexpr std::size_t early_data = 42;

/// Reads from the front; nothing once anything was missing.
class cursor {
 public:
  explicit cursor(bytes_view data) : left_(data) {}

  std::optional<std::size_t> number(std::size_t bytes) {
    const auto field = take(bytes);
    if (!field) return std::nullopt;
    std::size_t value = 0;
    for (const auto byte : *field) value = value << 8 | byte;
    return value;
  }
  std::optional<bytes_view> take(std::size_t size) {
    if (left_.size() < size) return std::nullopt;
    const auto part = left_.first(size);
    left_ = left_.subspan(size);
    return part;
  }
  /// A field behind its own length.
  std::optional<bytes_view> vector(std::size_t length_bytes) {
    const auto size = number(length_bytes);
    return size ? take(*size) : std::nullopt;
  }
  bool empty() const { return left_.empty(); }

 private:
  bytes_view left_;
};

bool has_early_data(bytes_view extensions, bool& well_formed) {
  for (cursor at(extensions); !at.empty();) {
    const auto type = at.number(2);
    if (!type || !at.vector(2)) {
      well_formed = false;
      return false;
    }
    if (*type == early_data) return true;
  }
  return false;
}

}  // namespace

bool is_repeatable_client_hello(bytes_view data) noexcept {
  cursor outer(data);
  const auto type = outer.number(1);
  if (!type || *type != handshake_record || !outer.take(2)) return false;
  const auto record = outer.vector(2);
  if (!record || !outer.empty()) return false;

  cursor message(*record);
  const auto kind = message.number(1);
  if (!kind || *kind != client_hello) return false;
  const auto body = message.vector(3);
  if (!body || !message.empty()) return false;

  cursor hello(*body);
  if (!hello.take(2 + 32) || !hello.vector(1) || !hello.vector(2) || !hello.vector(1)) return false;
  if (hello.empty()) return true;
  const auto extensions = hello.vector(2);
  if (!extensions || !hello.empty()) return false;
  bool well_formed = true;
  return !has_early_data(*extensions, well_formed) && well_formed;
}

}  // namespace anytls::protocol
