// What may stand in front of a connection from a load balancer. However it is cut, the verdict is
// the same once it is there, and never more is waited for than a header may have.
#include "protocol/proxy_protocol_codec.h"

#include "check.h"

using namespace anytls;
using namespace anytls::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using state = proxy_header::state;
  const bytes_view all(data, size);
  const auto whole = read_proxy_header(all);
  CHECK(whole.is != state::need_more || size < max_proxy_header);
  CHECK((whole.is == state::complete) == (whole.size != 0) && whole.size <= size);
  CHECK(whole.size <= max_proxy_header);
  CHECK(!whole.source || (whole.is == state::complete && whole.source->is_ip()));

  bool waiting = true;
  for (std::size_t seen = 0; seen <= size; ++seen) {
    // A copy of its own, so that ASan sees a read behind the end.
    const bytes part(data, data + seen);
    const auto now = read_proxy_header(part);
    CHECK(waiting || now == whole);
    if (now.is != state::need_more) waiting = false;
    if (!waiting) CHECK(now == whole);
  }
  CHECK(waiting == (whole.is == state::need_more));
  return 0;
}
