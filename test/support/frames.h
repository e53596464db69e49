#pragma once
// Frames as tests write them down and read them back.

#include "protocol/frame.h"
#include "protocol/frame_reader.h"

#include <string>
#include <string_view>
#include <vector>

namespace anytls::test {

inline bytes frame(protocol::command c, std::uint32_t id, std::string_view data = {}) {
  bytes out;
  protocol::append_frame(out, c, id, as_bytes(data));
  return out;
}

/// A command that the document does not know.
inline bytes unknown_frame(std::uint8_t command, std::uint32_t id, std::string_view data = {}) {
  bytes out(protocol::frame_header_size);
  out[0] = command;
  put_u32(out.data() + 1, id);
  put_u16(out.data() + 5, static_cast<std::uint16_t>(data.size()));
  append(out, as_bytes(data));
  return out;
}

inline bytes join(std::initializer_list<bytes> parts) {
  bytes out;
  for (const auto& part : parts) append(out, part);
  return out;
}

/// Letters that show a lost, doubled or moved byte.
inline std::string pattern(std::size_t size, unsigned seed = 1) {
  std::string out(size, '\0');
  std::uint32_t x = seed * 2654435761u + 1;
  for (auto& c : out) {
    x = x * 1664525u + 1013904223u;
    c = static_cast<char>('a' + (x >> 24) % 26);
  }
  return out;
}

/// What was sent, one line a frame: "SYN 1", "PSH 1 abc". PSH frames of one stream that follow each
/// other are joined; Waste is left out.
inline std::vector<std::string> frames_of(bytes_view sent) {
  std::vector<std::string> out;
  protocol::frame_reader reader;
  std::string last;
  for (;;) {
    const auto piece = reader.next(sent);
    using kind = decltype(piece.kind);
    if (piece.kind == kind::need_more) break;
    const std::string head =
        std::string(protocol::name(piece.command())) + " " + std::to_string(piece.stream_id());
    if (piece.kind == kind::data && !out.empty() && last == head) {
      out.back() += as_text(piece.data);
      continue;
    }
    last = piece.kind == kind::data ? head : "";
    out.push_back(piece.data.empty() ? head : head + " " + std::string(as_text(piece.data)));
  }
  if (reader.in_frame()) out.push_back("(cut)");
  return out;
}

}  // namespace anytls::test
