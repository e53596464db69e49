// First byte: version and format. The rest: the bytes of a UDP stream.
#include "protocol/udp_over_tcp.h"

#include "check.h"

#include <algorithm>

using namespace anytls;
using namespace anytls::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  bytes_view rest(data, size);
  const auto choice = take_byte(rest);
  bool is_connect = (choice & 1) != 0;
  if ((choice & 2) != 0) {
    const auto request = parse_uot_request(rest);
    if (!request || !*request) return 0;
    const auto& [value, taken] = **request;
    bytes wire;
    append_uot_request(wire, value);
    CHECK(std::ranges::equal(wire, rest.first(taken)));
    for (std::size_t cut = 0; cut < taken; ++cut) {
      const auto part = parse_uot_request(rest.first(cut));
      CHECK(part && !*part);
    }
    is_connect = value.is_connect;
    rest = rest.subspan(taken);
  }
  for (;;) {
    const auto packet = parse_uot_packet(rest, is_connect);
    if (!packet || !*packet) return 0;
    const auto& found = **packet;
    CHECK(found.size > 0 && found.size <= rest.size());
    CHECK(found.peer.has_value() == !is_connect);
    bytes wire;
    CHECK(is_connect ? append_uot_packet(wire, found.data)
                     : append_uot_packet(wire, *found.peer, found.data));
    CHECK(std::ranges::equal(wire, rest.first(found.size)));
    const auto part = parse_uot_packet(rest.first(found.size - 1), is_connect);
    CHECK(part && !*part);
    rest = rest.subspan(found.size);
  }
}
