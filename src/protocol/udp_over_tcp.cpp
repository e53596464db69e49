#include "protocol/udp_over_tcp.h"

namespace anytls::protocol {
namespace {

void append_data(bytes& out, bytes_view data) {
  std::uint8_t length[2];
  put_u16(length, static_cast<std::uint16_t>(data.size()));
  append(out, length);
  append(out, data);
}

}  // namespace

uot_version uot_version_of(const address& target) noexcept {
  if (target.kind != address::kind::domain) return uot_version::none;
  if (target.domain == uot_magic_v2) return uot_version::v2;
  if (target.domain == uot_magic_v1) return uot_version::v1;
  return uot_version::none;
}

address uot_target() { return address::from_host(uot_magic_v2, 0); }

void append_uot_request(bytes& out, const uot_request& request) {
  out.push_back(request.is_connect ? 1 : 0);
  append_socks_address(out, request.destination);
}

result<std::optional<parsed_uot_request>> parse_uot_request(bytes_view data) {
  const std::optional<parsed_uot_request> need_more;
  if (data.empty()) return need_more;
  if (data[0] > 1) return errc::protocol_error;
  auto destination = parse_socks_address(data.subspan(1));
  if (!destination) return destination.error();
  if (!*destination) return need_more;
  auto& found = **destination;
  return std::optional<parsed_uot_request>(
      {{data[0] == 1, std::move(found.value)}, 1 + found.size});
}

bool append_uot_packet(bytes& out, bytes_view data) {
  if (data.size() > max_uot_packet) return false;
  append_data(out, data);
  return true;
}

bool append_uot_packet(bytes& out, const address& peer, bytes_view data) {
  if (data.size() > max_uot_packet || !peer.encodable()) return false;
  append_address(out, peer, uot_packet_types);
  append_data(out, data);
  return true;
}

result<std::optional<parsed_uot_packet>> parse_uot_packet(bytes_view data, bool is_connect) {
  const std::optional<parsed_uot_packet> need_more;
  parsed_uot_packet out;
  if (!is_connect) {
    auto peer = parse_address(data, uot_packet_types);
    if (!peer) return peer.error();
    if (!*peer) return need_more;
    out.size = (*peer)->size;
    out.peer = std::move((*peer)->value);
  }
  const auto rest = data.subspan(out.size);
  if (rest.size() < 2) return need_more;
  const std::size_t length = get_u16(rest.data());
  if (rest.size() < 2 + length) return need_more;
  out.data = rest.subspan(2, length);
  out.size += 2 + length;
  return std::optional<parsed_uot_packet>(std::move(out));
}

}  // namespace anytls::protocol
