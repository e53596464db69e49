#include "net/https_record_codec.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace anytls::net {
namespace {

constexpr std::size_t message_header = 12;
constexpr std::uint16_t class_in = 1;
constexpr std::uint16_t key_mandatory = 0;
constexpr std::uint16_t key_ech = 5;
constexpr std::uint16_t last_known_key = 6;  // alpn, no-default-alpn, port, hints, ech

/// Reads from the front. A read beyond the end fails this one and all that follow.
class reader {
 public:
  explicit reader(bytes_view data) : left_(data) {}

  std::uint16_t u16() {
    const auto field = take(2);
    return field.empty() ? std::uint16_t{0} : get_u16(field.data());
  }
  std::uint32_t u32() {
    const auto field = take(4);
    return field.empty() ? 0 : get_u32(field.data());
  }
  /// Empty where there is not so much.
  bytes_view take(std::size_t size) {
    ok_ = ok_ && left_.size() >= size;
    if (!ok_) return {};
    const auto part = left_.first(size);
    left_ = left_.subspan(size);
    return part;
  }
  /// A name in a message, compressed or not; pointers are not followed.
  void skip_name() {
    while (ok_) {
      const auto first = take(1);
      if (!ok_ || first[0] == 0) return;
      if ((first[0] & 0xc0) == 0xc0) {
        take(1);
        return;
      }
      if ((first[0] & 0xc0) != 0) ok_ = false;
      take(first[0]);
    }
  }
  bool ok() const { return ok_; }
  bool more() const { return ok_ && !left_.empty(); }

 private:
  bytes_view left_;
  bool ok_ = true;
};

struct service {
  std::uint16_t priority = 0;
  bytes_view ech;
};

bool all_known(bytes_view keys) {
  reader in(keys);
  while (in.more())
    if (in.u16() > last_known_key) return false;
  return in.ok();
}

/// nullopt for a record that is malformed.
std::optional<service> parse_service(bytes_view data) {
  reader in(data);
  service out;
  bool usable = true;
  out.priority = in.u16();
  in.skip_name();
  while (in.more()) {
    const auto key = in.u16();
    const auto value = in.take(in.u16());
    if (key == key_mandatory && !all_known(value)) usable = false;
    if (key == key_ech) out.ech = value;
  }
  if (!in.ok()) return std::nullopt;
  if (!usable || out.priority == 0) out.ech = {};
  return out;
}

}  // namespace

result<https_answer> parse_https_answer(bytes_view message) {
  const auto malformed = make_error_code(errc::name_resolution_failed);
  if (message.size() < message_header) return malformed;
  const auto questions = get_u16(&message[4]);
  const auto answers = get_u16(&message[6]);
  reader in(message.subspan(message_header));
  for (int i = 0; i < questions && in.ok(); ++i) {
    in.skip_name();
    in.take(4);
  }
  service best;
  auto ttl = std::numeric_limits<std::uint32_t>::max();
  for (int i = 0; i < answers && in.ok(); ++i) {
    in.skip_name();
    const auto type = in.u16();
    const auto of_class = in.u16();
    ttl = std::min(ttl, in.u32());
    const auto data = in.take(in.u16());
    if (!in.ok() || type != https_record_type || of_class != class_in) continue;
    const auto found = parse_service(data);
    if (!found) return malformed;
    if (!found->ech.empty() && (best.ech.empty() || found->priority < best.priority)) best = *found;
  }
  if (!in.ok()) return malformed;
  return https_answer{bytes(best.ech.begin(), best.ech.end()), answers > 0 ? ttl : 0};
}

}  // namespace anytls::net
