// First byte: bit 0 the role, bits 1-2 streams that a client opens first, the rest how many bytes a
// read gives. Then what a peer sends. Whatever the reads, the same actions come out, few a piece,
// and only for streams that live.
#include "session/session_core.h"

#include "check.h"

#include <algorithm>
#include <deque>

namespace {

using namespace anytls;
using namespace anytls::session;

const session_core::server_side side{"stop=1", "0123456789abcdef", 4};

struct transcript {
  std::vector<action> seen;  // the pieces of a stream's data joined
  std::deque<bytes> kept;
  std::size_t live = 0;
  bool heard = false;
  int version = 0;
};

transcript read(bytes_view all, std::size_t step, bool server, int streams) {
  session_core core = server ? session_core(side) : session_core();
  if (!server)
    for (int i = 0; i < streams; ++i) CHECK(core.open_stream() != 0);
  transcript out;
  bool failed = false;
  actions todo;
  while (!all.empty() && !failed) {
    // A copy of its own for each read, so that ASan sees a view that outlives it.
    const bytes chunk(all.begin(),
                      all.begin() + static_cast<std::ptrdiff_t>(std::min(step, all.size())));
    all = all.subspan(chunk.size());
    bytes_view input(chunk);
    while (!failed && core.next(input, todo)) {
      for (auto& one : todo) {
        CHECK(!failed);
        if (auto* d = std::get_if<act::deliver>(&one)) {
          CHECK(core.streams().contains(d->stream));
          CHECK(!d->data.empty());
          auto* last = out.seen.empty() ? nullptr : std::get_if<act::deliver>(&out.seen.back());
          if (last && last->stream == d->stream) {
            append(out.kept.back(), d->data);
            last->data = out.kept.back();
            continue;
          }
          out.kept.emplace_back(d->data.begin(), d->data.end());
          d->data = out.kept.back();
        } else if (auto* o = std::get_if<act::open>(&one)) {
          CHECK(server && core.streams().contains(o->stream));
          CHECK(core.streams().size() <= side.max_streams);
        } else if (auto* f = std::get_if<act::finished>(&one)) {
          CHECK(core.streams().contains(f->stream));
          core.forget(f->stream);
        } else if (auto* r = std::get_if<act::refused>(&one)) {
          CHECK(!server && core.streams().contains(r->stream));
          CHECK(!r->reason.empty() && r->reason.find('\n') == std::string::npos);
          core.forget(r->stream);
        } else if (std::holds_alternative<act::fail>(one)) {
          failed = true;
        }
        out.seen.push_back(one);
      }
    }
    CHECK(failed || input.empty());
  }
  out.live = core.streams().size();
  out.heard = core.heard();
  out.version = core.peer_version();
  return out;
}

bool same(const transcript& a, const transcript& b) {
  return a.seen == b.seen && a.live == b.live && a.heard == b.heard && a.version == b.version;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  bytes_view all(data, size);
  const auto first = take_byte(all);
  const bool server = (first & 1) != 0;
  const int streams = (first >> 1) & 3;
  const auto whole = read(all, std::max<std::size_t>(all.size(), 1), server, streams);
  CHECK(same(whole, read(all, std::size_t{first} / 8 + 2, server, streams)));
  CHECK(same(whole, read(all, 1, server, streams)));
  return 0;
}
