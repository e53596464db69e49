// First two bytes: seed and payload size. The rest: the text of a scheme that a server sends.
#include "protocol/padding_scheme.h"

#include "check.h"
#include "protocol/frame_reader.h"

using namespace anytls;
using namespace anytls::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  bytes_view input(data, size);
  seeded_random random(take_byte(input));
  const std::size_t payload_size = std::size_t{take_byte(input)} * 17;
  const auto parsed = padding_scheme::parse(as_text(input));
  if (!parsed) return 0;
  CHECK(parsed->raw() == as_text(input));
  CHECK(parsed->md5().size() == 32);
  CHECK(padding_scheme::parse(parsed->raw())->stop() == parsed->stop());
  CHECK(parsed->preamble_padding(random) <= padding_scheme::max_preamble_padding);

  // A payload that is one PSH, so that a frame_reader can tell it from the waste.
  bytes payload;
  append_frame(payload, command::psh, 1, bytes(payload_size, 0x5a));
  record_plan plan;
  for (std::uint32_t write = 1; write < 12; ++write) {
    parsed->plan(write, payload.size(), random, plan);
    CHECK(plan.size() <= padding_scheme::max_items + 1);
    if (write >= parsed->stop())
      CHECK(plan.size() == 1 && plan.records[0] == (record{payload.size(), 0, false}));
    bytes_view rest(payload);
    bytes wire;
    frame_reader reader;
    std::size_t got = 0;
    for (const auto& r : plan) {
      CHECK(r.payload_bytes <= rest.size());
      CHECK(r.size() > 0 && r.waste_data <= max_frame_data);
      wire.clear();
      padding_scheme::append_record(wire, r, rest.first(r.payload_bytes));
      rest = rest.subspan(r.payload_bytes);
      CHECK(wire.size() == r.size());
      for (bytes_view record_bytes(wire);;) {
        const auto p = reader.next(record_bytes);
        if (p.kind == frame_reader::piece::kind::need_more) break;
        CHECK(p.kind == frame_reader::piece::kind::data);
        got += p.data.size();
      }
    }
    CHECK(rest.empty());
    CHECK(got == payload_size && !reader.in_frame());
  }
  return 0;
}
