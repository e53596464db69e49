// The first bytes of a stream; and the same bytes as a host of the configuration.
#include "protocol/socks_address.h"

#include "check.h"
#include "protocol/text.h"

#include <algorithm>

using namespace anytls;
using namespace anytls::protocol;

namespace {

void check_host(std::string_view host) {
  const auto a = address::from_host(host, 443);
  bytes wire;
  append_socks_address(wire, a);
  CHECK(wire.size() <= max_socks_address);
  const auto p = parse_socks_address(wire);
  CHECK(p.has_value() == a.encodable());
  if (p) CHECK(*p && (*p)->value == a && (*p)->size == wire.size());
  if (a.is_ip()) CHECK(address::from_host(a.host(), 443) == a);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bytes_view all(data, size);
  check_host(as_text(all));

  const auto p = parse_socks_address(all);
  if (!p) return 0;
  if (!*p) {
    CHECK(size < max_socks_address);
    return 0;
  }
  const auto& [value, taken] = **p;
  CHECK(taken <= size && taken <= max_socks_address);
  CHECK(value.encodable());
  const auto text = value.to_string();
  CHECK(std::none_of(text.begin(), text.end(), is_control));
  bytes wire;
  append_socks_address(wire, value);
  CHECK(std::ranges::equal(wire, all.first(taken)));
  for (std::size_t cut = 0; cut < taken; ++cut) {
    const auto part = parse_socks_address(all.first(cut));
    CHECK(part && !*part);
  }
  return 0;
}
