// An answer of DNS with HTTPS records: nothing is read beyond it, and nothing is made up.
#include "net/https_record_codec.h"

#include "check.h"

#include <algorithm>

using namespace anytls;
using namespace anytls::net;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bytes_view message(data, size);
  const auto found = parse_https_answer(message);
  if (!found) return 0;
  CHECK(found->ech.size() <= size);
  CHECK(std::search(message.begin(), message.end(), found->ech.begin(), found->ech.end()) !=
            message.end() ||
        found->ech.empty());
  // What is behind the answers counts for nothing; what is cut off is missed.
  bytes longer(message.begin(), message.end());
  longer.push_back(0xff);
  CHECK(parse_https_answer(longer) == found);
  return 0;
}
