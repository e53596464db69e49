#pragma once
// What a peer may send, as a script chooses: frames that are right, nearly right and wrong, for ids
// around the live ones.

#include "protocol/frame.h"
#include "protocol/settings.h"

#include "script.h"

#include <string>

namespace anytls {

class frame_script {
 public:
  explicit frame_script(script& from) : s_(from) {}

  /// One frame, or a few bytes of anything.
  bytes next() {
    using protocol::command;
    const auto kind = s_.byte();
    switch (kind & 15) {
      case 11: {  // unknown to the document, mostly

        const auto command = s_.byte();
        const auto to = id();
        return frame(command, to, filler(s_.length(300)));
      }
      case 12: {  // what a connection mostly carries
        const auto to = id();
        return frame(command::psh, to, filler(s_.length(65'535)));
      }
      case 13:
        return frame(command::syn, ++newest, {});
      case 14: {  // a length that its data does not have
        const auto command = static_cast<std::uint8_t>(s_.upto(10));
        const auto to = id();
        auto out = frame(command, to, s_.take(s_.upto(9)));
        put_u16(out.data() + 5, static_cast<std::uint16_t>(s_.upto(255) << s_.upto(8)));
        return out;
      }
      case 15: {
        const auto raw = s_.take(s_.upto(40));
        return bytes(raw.begin(), raw.end());
      }
      default:
        return known(static_cast<command>(kind & 15), (kind & 0x80) != 0);
    }
  }

  /// The id of the stream that was opened last; the caller sets it where the other side opens.
  std::uint32_t newest = 0;

 private:
  static bytes frame(std::uint8_t command, std::uint32_t id, bytes_view data) {
    bytes out(protocol::frame_header_size);
    out[0] = command;
    put_u32(out.data() + 1, id);
    put_u16(out.data() + 5, static_cast<std::uint16_t>(data.size()));
    append(out, data);
    return out;
  }
  static bytes frame(protocol::command c, std::uint32_t id, bytes_view data) {
    return frame(static_cast<std::uint8_t>(c), id, data);
  }

  bytes known(protocol::command c, bool odd) {
    using protocol::command;
    switch (c) {
      case command::settings:
      case command::server_settings:
        return frame(c, 0, as_bytes(settings(odd)));
      case command::alert:
      case command::update_padding_scheme:
        return frame(c, 0, s_.take(s_.upto(60)));
      case command::waste:
        return frame(c, 0, filler(s_.length(65'535)));
      default:
        break;
    }
    const auto to = id();
    if (c == command::psh) return frame(c, to, s_.take(s_.upto(60)));
    if (c == command::synack) return frame(c, to, odd ? s_.take(s_.upto(60)) : bytes_view());
    return frame(c, to, odd ? s_.take(s_.upto(9)) : bytes_view());  // those without data
  }

  std::string settings(bool odd) {
    if (odd) return std::string(as_text(s_.take(s_.upto(80))));
    static constexpr const char* texts[] = {"v=2", "v=1", "client=a/1", "padding-md5=md5",
                                            "",    "v=2"};
    std::string out;
    for (auto n = s_.upto(3); n > 0; --n) {
      if (!out.empty()) out += '\n';
      out += texts[s_.upto(5)];
    }
    return out.empty() ? "v=2\npadding-md5=md5" : out;
  }

  std::uint32_t id() {
    const auto kind = s_.byte();
    if (kind < 128) return newest - kind % 4;
    if (kind < 192) return 1 + kind % 8;
    if (kind < 224) return newest + 1 + kind % 3;
    return kind < 240 ? 0 : kind < 248 ? 0xffffffff : s_.number();
  }

  // Never the same twice in a row, so that a lost or moved byte shows.
  bytes_view filler(std::size_t size) {
    static const bytes text = [] {
      bytes out(protocol::max_frame_data + 256);
      for (std::uint32_t i = 0; i < out.size(); ++i)
        out[i] = static_cast<std::uint8_t>((i * 2654435761u) >> 24);
      return out;
    }();
    return bytes_view(text).subspan(count_++ % 256, size);
  }

  script& s_;
  std::uint32_t count_ = 0;
};

}  // namespace anytls
