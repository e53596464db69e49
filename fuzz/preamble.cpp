// First byte: where the first record ends. The rest: what a client, or a probe, sends.
#include "protocol/auth.h"

#include "check.h"

#include <algorithm>

using namespace anytls;
using namespace anytls::protocol;
using verdict = preamble_reader::verdict;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  bytes_view all(data, size);
  const std::size_t wanted = take_byte(all);
  const auto cut = std::min(wanted, all.size());

  preamble_reader whole;
  const auto result = whole.start(all);
  CHECK((result == verdict::not_a_client) == (all.size() < preamble_header_size));
  CHECK(whole.consumed() <= all.size());
  if (result == verdict::not_a_client) {
    CHECK(whole.hash().empty() && whole.consumed() == 0);
    return 0;
  }
  CHECK(std::ranges::equal(whole.hash(), all.first(32)));
  const std::size_t padding = get_u16(all.data() + 32);
  CHECK((result == verdict::complete) == (all.size() >= preamble_header_size + padding));
  if (result == verdict::complete) CHECK(whole.consumed() == preamble_header_size + padding);
  if (result == verdict::need_more) CHECK(whole.consumed() == all.size());

  preamble_reader parts;
  auto last = parts.start(all.first(cut));
  auto consumed = parts.consumed();
  if (last == verdict::need_more) {
    last = parts.more(all.subspan(cut));
    consumed += parts.consumed();
  }
  if (last != verdict::not_a_client) CHECK(last == result && consumed == whole.consumed());
  return 0;
}
