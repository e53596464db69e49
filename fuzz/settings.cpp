// The data of a Settings frame.
#include "protocol/settings.h"

#include "check.h"
#include "protocol/text.h"

#include <algorithm>

using namespace anytls;
using namespace anytls::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto s = parse_settings({data, size});
  CHECK(s.version >= 1);
  CHECK(s.client.size() <= max_client_text && s.padding_md5.size() <= max_padding_md5);
  CHECK(std::none_of(s.client.begin(), s.client.end(), is_control));
  CHECK(parse_version({data, size}) == s.version);

  const auto again = parse_settings(as_bytes(make_client_settings(s.client, s.padding_md5)));
  CHECK(again == (settings{protocol_version, s.client, s.padding_md5}));

  // No text can add a setting.
  const std::string_view text = as_text({data, size});
  const auto made = make_client_settings(text, "m");
  CHECK(std::count(made.begin(), made.end(), '\n') == 2);
  return 0;
}
