#pragma once
// Session frames: | command u8 | stream id u32 | data length u16 | data |, big-endian
// (docs/spec/protocol.md §2).
//
// Flow: the side that speaks appends frames to a buffer with append_frame(); the side that listens
// gives its bytes to frame_reader (frame_reader.h), which uses decode_header().

#include "base/bytes.h"

#include <cstddef>
#include <cstdint>

namespace anytls::protocol {

enum class command : std::uint8_t {
  waste = 0,
  syn = 1,
  psh = 2,
  fin = 3,
  settings = 4,
  alert = 5,
  update_padding_scheme = 6,
  synack = 7,
  heart_request = 8,
  heart_response = 9,
  server_settings = 10,
};

inline constexpr std::size_t frame_header_size = 7;

/// The length field has 16 bits. Writing more into one frame would wrap it and lose the frame
/// boundary.
inline constexpr std::size_t max_frame_data = 65535;

struct frame_header {
  std::uint8_t command = 0;  ///< as it came: it may be one that known() does not know
  std::uint32_t stream_id = 0;
  std::uint16_t length = 0;  ///< bytes of data, 0..65535

  bool operator==(const frame_header&) const = default;
};

/// True for a command of this document (0..10).
bool known(std::uint8_t command) noexcept;

/// The name of the document, for logs; "unknown" for a value that known() does not know.
const char* name(command c) noexcept;

/// Writes frame_header_size bytes.
void encode_header(std::uint8_t* out7, command c, std::uint32_t stream_id,
                   std::uint16_t length) noexcept;

/// Reads frame_header_size bytes. Never fails: every 7 bytes are a header, if perhaps of an unknown
/// command.
frame_header decode_header(const std::uint8_t* in7) noexcept;

/// Appends header and data. Over max_frame_data, a PSH becomes several frames (stream bytes have no
/// boundaries) and the data of any other command is cut (it is one message: an alert's or a
/// SYNACK's text).
void append_frame(bytes& out, command c, std::uint32_t stream_id, bytes_view data = {});

}  // namespace anytls::protocol
