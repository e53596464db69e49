// First byte: whether users are needed, and how many bytes a read gives. The rest: what a client
// sends. Whatever the reads, the same conversation follows, and nothing is asked of an outbound
// that it could not carry.
#include "inbound/socks_codec.h"

#include "check.h"

#include <algorithm>

namespace {

using namespace anytls;
using namespace anytls::inbound;

struct conversation {
  bytes sent;
  socks_action last;
  std::size_t used = 0;
  bool operator==(const conversation&) const = default;
};

conversation converse(const user_list& users, bytes_view all, std::size_t step) {
  socks_codec codec(users);
  conversation out;
  std::size_t arrived = 0;
  for (;;) {
    // A copy of its own for each call, so that ASan sees a view that outlives it.
    const bytes unread(all.begin() + static_cast<std::ptrdiff_t>(out.used),
                       all.begin() + static_cast<std::ptrdiff_t>(arrived));
    auto taken = codec.next(unread);
    CHECK(taken.used <= unread.size());
    out.used += taken.used;
    out.last = std::move(taken.action);
    if (const auto* send = std::get_if<socks_send>(&out.last)) {
      CHECK(send->data.size() == 2);
      append(out.sent, send->data);
    } else if (!std::holds_alternative<socks_need_more>(out.last)) {
      break;
    } else {
      CHECK(taken.used == 0);
      // The longest message is a SOCKS4a request.
      CHECK(unread.size() < 8 + 256 + 256);
      if (arrived == all.size()) break;
      arrived += std::min(step, all.size() - arrived);
    }
  }
  if (const auto* connect = std::get_if<socks_connect>(&out.last)) {
    CHECK(connect->target.encodable());
    CHECK(!users.required() || connect->user == "a");
  }
  if (const auto* refuse = std::get_if<socks_refuse>(&out.last)) CHECK(refuse->reply.size() <= 10);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const user_list nobody;
  static const user_list one{{{"a", "b"}}};
  bytes_view all(data, size);
  const auto choice = take_byte(all);
  const auto& users = choice & 1 ? one : nobody;
  const auto whole = converse(users, all, std::max<std::size_t>(all.size(), 1));
  CHECK(whole == converse(users, all, std::size_t{choice} / 2 + 1));
  CHECK(whole == converse(users, all, 1));
  return 0;
}
