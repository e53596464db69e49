// First byte: how many bytes a read gives. The rest: what a peer sends. Whatever the reads, the
// same frames come out.
#include "protocol/frame_reader.h"

#include "check.h"

#include <algorithm>

namespace {

using namespace anytls;
using namespace anytls::protocol;
using kind = enum frame_reader::piece::kind;

struct transcript {
  bytes seen;  // kinds, headers and data, with the pieces of a PSH joined
  std::size_t data = 0;
  bool in_frame = false;
  std::uint32_t stream = 0;

  bool operator==(const transcript&) const = default;
};

transcript read(bytes_view all, std::size_t step) {
  frame_reader reader;
  transcript out;
  bool continued = false;
  while (!all.empty()) {
    // A copy of its own for each read, so that ASan sees a view that outlives it.
    const bytes chunk(all.begin(),
                      all.begin() + static_cast<std::ptrdiff_t>(std::min(step, all.size())));
    all = all.subspan(chunk.size());
    bytes_view input(chunk);
    for (;;) {
      const auto before = input.size();
      const auto p = reader.next(input);
      CHECK(input.size() <= before);
      if (p.kind == kind::need_more) break;
      CHECK(p.data.size() <= p.header.length);
      CHECK((p.kind == kind::unknown) == !known(p.header.command));
      CHECK((p.kind == kind::data) == (p.header.command == 2));
      CHECK(p.header.command != 0);
      if (p.kind != kind::data || !continued) {
        std::uint8_t header[frame_header_size];
        encode_header(header, p.command(), p.stream_id(), p.header.length);
        out.seen.push_back(static_cast<std::uint8_t>(p.kind));
        append(out.seen, header);
      }
      continued = p.kind == kind::data && !p.ends_frame;
      append(out.seen, p.data);
      out.data += p.data.size();
    }
    CHECK(input.empty());
  }
  out.in_frame = reader.in_frame();
  out.stream = reader.current_stream();
  CHECK(out.in_frame || out.stream == 0);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  bytes_view all(data, size);
  const std::size_t step = std::size_t{take_byte(all)} + 1;
  const auto whole = read(all, std::max<std::size_t>(all.size(), 1));
  CHECK(whole.data <= all.size());
  CHECK(whole == read(all, step));
  CHECK(whole == read(all, 1));
  return 0;
}
