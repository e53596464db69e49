// First byte: which proxy is spoken with and how. Second: how many bytes a read gives. The rest:
// what the proxy says. Whatever the reads, the same conversation follows, and nothing is taken that
// is not an answer.
#include "outbound/http_connect_codec.h"
#include "outbound/socks_client_codec.h"

#include "check.h"

#include <algorithm>
#include <memory>

namespace {

using namespace anytls;
using namespace anytls::outbound;

struct conversation {
  bytes sent;
  proxy_action last;
  std::size_t used = 0;
  bool operator==(const conversation&) const = default;
};

std::unique_ptr<proxy_codec> codec_of(std::uint8_t choice) {
  static const http_proxy_options plain, login{"a", "b", "/p", {{"X", "y"}}};
  const auto name = protocol::address::from_host("example.com", 443);
  const auto ip = protocol::address::from_host("192.0.2.1", 443);
  switch (choice % 6) {
    case 0:
      return std::make_unique<socks_client_codec>(socks_version::v5, socks_login{}, name);
    case 1:
      return std::make_unique<socks_client_codec>(socks_version::v5, socks_login{"a", "b"}, ip);
    case 2:
      return std::make_unique<socks_client_codec>(socks_version::v4, socks_login{"a", ""}, ip);
    case 3:
      return std::make_unique<socks_client_codec>(socks_version::v4a, socks_login{}, name);
    case 4:
      return std::make_unique<http_connect_codec>(plain, name);
    default:
      return std::make_unique<http_connect_codec>(login, ip);
  }
}

conversation converse(std::uint8_t choice, bytes_view all, std::size_t step) {
  const auto codec = codec_of(choice);
  CHECK(!codec->hello().empty());
  conversation out;
  std::size_t arrived = 0;
  for (;;) {
    // A copy of its own for each call, so that ASan sees a view that outlives it.
    const bytes unread(all.begin() + static_cast<std::ptrdiff_t>(out.used),
                       all.begin() + static_cast<std::ptrdiff_t>(arrived));
    auto taken = codec->next(unread);
    CHECK(taken.used <= unread.size());
    out.used += taken.used;
    out.last = std::move(taken.action);
    if (const auto* send = std::get_if<proxy_send>(&out.last)) {
      CHECK(!send->data.empty() && send->data.size() <= 513);
      append(out.sent, send->data);
      CHECK(out.sent.size() <= 1100);
    } else if (!std::holds_alternative<proxy_need_more>(out.last)) {
      break;
    } else {
      CHECK(taken.used == unread.size());
      if (arrived == all.size()) break;
      arrived += std::min(step, all.size() - arrived);
    }
  }
  CHECK(out.used <= http_connect_codec::max_head + 1);
  if (const auto* no = std::get_if<proxy_refused>(&out.last)) CHECK(no->why);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  bytes_view all(data, size);
  const auto choice = take_byte(all);
  const auto step = take_byte(all);
  const auto whole = converse(choice, all, std::max<std::size_t>(all.size(), 1));
  CHECK(whole == converse(choice, all, std::size_t{step} + 1));
  CHECK(whole == converse(choice, all, 1));
  return 0;
}
