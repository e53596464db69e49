#pragma once
// Looks at what a session has sent, whole, after the fact: frames in an order that the protocol
// allows.

#include "protocol/frame.h"

#include "check.h"

#include <map>
#include <set>

namespace anytls {

struct frame_view {
  protocol::command command;
  std::uint32_t id;
  bytes_view data;
  std::size_t at;  ///< of its first byte
};

/// Nothing may be left over: records are cut where frames end, or joined to that.
inline std::vector<frame_view> frames_in(bytes_view all, bool whole = true) {
  std::vector<frame_view> out;
  std::size_t at = 0;
  while (all.size() - at >= 7) {
    const std::size_t size = static_cast<std::size_t>(all[at + 5]) << 8 | all[at + 6];
    const auto rest = all.subspan(at + 7);
    if (rest.size() < size && whole) break;
    out.push_back({static_cast<protocol::command>(all[at]), get_u32(&all[at + 1]),
                   rest.first(std::min(size, rest.size())), at});
    at += 7 + out.back().data.size();
  }
  if (whole) CHECK(at == all.size());
  return out;
}

/// How many bytes each stream has sent.
using sent_sizes = std::map<std::uint32_t, std::size_t>;

inline sent_sizes check_sent_by_client(bytes_view all) {
  using protocol::command;
  sent_sizes sizes;
  bool greeted = false;
  std::uint32_t newest = 0;
  std::set<std::uint32_t> open;
  for (const auto& f : frames_in(all)) {
    switch (f.command) {
      case command::waste:
        break;
      case command::settings:
        CHECK(!greeted);
        greeted = true;
        break;
      case command::syn:
        CHECK(greeted && f.data.empty());
        CHECK(f.id == ++newest);
        open.insert(f.id);
        break;
      case command::psh:
        CHECK(open.contains(f.id));
        sizes[f.id] += f.data.size();
        break;
      case command::fin:
        CHECK(open.erase(f.id) == 1 && f.data.empty());
        break;
      case command::heart_request:
      case command::heart_response:
        CHECK(f.data.empty());
        break;
      default:
        CHECK(false);
    }
  }
  return sizes;
}

/// `opened`: how much had been sent when the stream of an id was opened.
inline sent_sizes check_sent_by_server(bytes_view all,
                                       const std::multimap<std::uint32_t, std::size_t>& opened) {
  using protocol::command;
  sent_sizes sizes;
  std::map<std::uint32_t, std::size_t> finished;  // where
  for (const auto& f : frames_in(all)) {
    switch (f.command) {
      case command::psh: {
        sizes[f.id] += f.data.size();
        const auto [from, to] = opened.equal_range(f.id);
        const auto after = finished.contains(f.id) ? finished[f.id] + 1 : 0;
        CHECK(std::any_of(from, to,
                          [&](const auto& o) { return o.second >= after && o.second <= f.at; }));
        break;
      }
      case command::fin:
        CHECK(f.data.empty());
        finished[f.id] = f.at;
        break;
      case command::heart_request:
      case command::heart_response:
        CHECK(f.data.empty());
        break;
      case command::synack:
      case command::alert:
      case command::update_padding_scheme:
      case command::server_settings:
        break;
      default:
        CHECK(false);
    }
  }
  return sizes;
}

}  // namespace anytls
