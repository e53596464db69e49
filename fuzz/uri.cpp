// A link out of a subscription.
#include "protocol/uri.h"

#include "check.h"
#include "protocol/text.h"

#include <algorithm>

using namespace anytls;
using namespace anytls::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text({data, size});
  CHECK(percent_decode(percent_encode(text)) == text);

  const auto parsed = parse_uri(text);
  if (!parsed) return 0;
  CHECK(parsed->port != 0 && !parsed->host.empty());
  CHECK(std::none_of(parsed->host.begin(), parsed->host.end(), is_control));
  CHECK(std::none_of(parsed->name.begin(), parsed->name.end(), is_control));
  const auto printed = to_string(*parsed);
  if (printed.size() > max_uri) return 0;  // encoding makes it up to three times as long
  const auto again = parse_uri(printed);
  CHECK(again.has_value());
  CHECK(*again == *parsed);
  CHECK(to_string(*again) == printed);
  return 0;
}
