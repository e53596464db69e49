#include "protocol/frame.h"

#include <algorithm>
#include <iterator>

namespace anytls::protocol {
namespace {

constexpr const char* names[] = {"Waste",
                                 "SYN",
                                 "PSH",
                                 "FIN",
                                 "Settings",
                                 "Alert",
                                 "UpdatePaddingScheme",
                                 "SYNACK",
                                 "HeartRequest",
                                 "HeartResponse",
                                 "ServerSettings"};

void append_one(bytes& out, command c, std::uint32_t stream_id, bytes_view data) {
  std::uint8_t header[frame_header_size];
  encode_header(header, c, stream_id, static_cast<std::uint16_t>(data.size()));
  append(out, header);
  append(out, data);
}

}  // namespace

bool known(std::uint8_t command) noexcept { return command < std::size(names); }

const char* name(command c) noexcept {
  const auto value = static_cast<std::uint8_t>(c);
  return known(value) ? names[value] : "unknown";
}

void encode_header(std::uint8_t* out7, command c, std::uint32_t stream_id,
                   std::uint16_t length) noexcept {
  out7[0] = static_cast<std::uint8_t>(c);
  put_u32(out7 + 1, stream_id);
  put_u16(out7 + 5, length);
}

frame_header decode_header(const std::uint8_t* in7) noexcept {
  return {in7[0], get_u32(in7 + 1), get_u16(in7 + 5)};
}

void append_frame(bytes& out, command c, std::uint32_t stream_id, bytes_view data) {
  do {
    const auto part = data.first(std::min(data.size(), max_frame_data));
    append_one(out, c, stream_id, part);
    data = data.subspan(part.size());
  } while (c == command::psh && !data.empty());
}

}  // namespace anytls::protocol
