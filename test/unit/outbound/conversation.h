#pragma once
// A proxy's answers given to a codec in the pieces that a test wants.

#include "outbound/proxy_codec.h"
#include "unit/inbound/cut.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace anytls::outbound {

inline bytes text(std::string_view s) { return {s.begin(), s.end()}; }

/// What was sent after the first message, how it ended, and what the codec left.
struct conversation {
  std::string hello;
  std::string sent;
  proxy_action last;
  std::string left;
  bool operator==(const conversation&) const = default;
};

using make_codec = std::function<std::unique_ptr<proxy_codec>()>;

/// The pieces end at `cuts`.
inline conversation converse(const make_codec& make, bytes_view input,
                             const std::vector<std::size_t>& cuts) {
  const auto codec = make();
  conversation out;
  out.hello = std::string(as_text(codec->hello()));
  std::size_t used = 0, arrived = 0, next_cut = 0;
  for (;;) {
    // A copy of its own for each call, so that ASan sees a view that outlives it.
    const bytes unread(input.begin() + static_cast<std::ptrdiff_t>(used),
                       input.begin() + static_cast<std::ptrdiff_t>(arrived));
    auto step = codec->next(unread);
    EXPECT_LE(step.used, unread.size());
    used += step.used;
    out.last = step.action;
    if (const auto* send = std::get_if<proxy_send>(&step.action)) {
      out.sent += as_text(send->data);
      continue;
    }
    if (!std::holds_alternative<proxy_need_more>(step.action)) break;
    EXPECT_EQ(step.used, unread.size()) << "what is needed is kept by the codec";
    if (arrived == input.size()) break;
    arrived = next_cut < cuts.size() ? cuts[next_cut++] : input.size();
  }
  out.left = std::string(as_text(input.subspan(used)));
  return out;
}

/// The same whatever the pieces are.
inline conversation converse(const make_codec& make, const std::string& input) {
  const auto whole = converse(make, as_bytes(input), std::vector<std::size_t>{});
  for (const auto& cuts : inbound::every_cut(input.size()))
    EXPECT_EQ(converse(make, as_bytes(input), cuts), whole);
  return whole;
}

inline proxy_action refusal(errc why) { return proxy_refused{make_error_code(why)}; }

}  // namespace anytls::outbound
