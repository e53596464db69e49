// A script of frames, of cuts and of what the driver does in between, against session_core in
// either role: it says what the reference says, little at a time, and only about streams that live.
// (session_core.cpp feeds it raw bytes.)
#include "session/session_core.h"

#include "check.h"
#include "frame_script.h"
#include "session_reference.h"

#include <iterator>

namespace {

using namespace anytls;
using namespace anytls::session;

const session_core::server_side side{"stop=1", "md5", 3};

event as_event(const action& what) {
  using kind = event::kind;
  struct visitor {
    event operator()(const act::deliver& a) const {
      return {kind::deliver, a.stream, std::string(as_text(a.data))};
    }
    event operator()(const act::open& a) const { return {kind::open, a.stream}; }
    event operator()(const act::established& a) const { return {kind::established, a.stream}; }
    event operator()(const act::refused& a) const { return {kind::refused, a.stream, a.reason}; }
    event operator()(const act::finished& a) const { return {kind::finished, a.stream}; }
    event operator()(const act::send& a) const { return {kind::send, a.stream, a.data, a.command}; }
    event operator()(const act::scheme& a) const { return {kind::scheme, 0, a.raw}; }
    event operator()(const act::peer_version& a) const {
      return {kind::version, 0, std::to_string(a.version)};
    }
    event operator()(const act::heart_answered& a) const { return {kind::heart_answered, a.id}; }
    event operator()(const act::fail& a) const {
      return {kind::fail, static_cast<std::uint32_t>(a.reason)};
    }
  };
  return std::visit(visitor{}, what);
}

class course {
 public:
  explicit course(script& s)
      : s_(s),
        server_(s.flip()),
        core_(server_ ? session_core(side) : session_core()),
        reference_(server_ ? &side : nullptr) {}

  void run() {
    std::size_t most = 400'000;  // bytes from the peer: the reference is slow
    while (!s_.over() && !reference_.failed && most > 0) {
      const auto what = s_.byte();
      if (what < 30 && !server_) {
        open();
      } else if (what < 60) {
        forget();
      } else {
        const auto frame = peer_.next();
        most -= std::min(most, frame.size());
        append(pending_, frame);
      }
      const auto cut = s_.byte();  // none, all, or somewhere
      feed(cut < 64 ? 0 : cut < 160 ? pending_.size() : pending_.size() * (cut - 160U) / 96);
    }
    feed(pending_.size());
  }

 private:
  void open() {
    const auto id = core_.open_stream();
    CHECK(id == ++opened_);
    reference_.live.insert(id);
    peer_.newest = id;
    compare();
  }

  void forget() {
    if (reference_.live.empty()) return;
    const auto which =
        std::next(reference_.live.begin(),
                  static_cast<std::ptrdiff_t>(s_.upto(255) % reference_.live.size()));
    core_.forget(*which);
    reference_.live.erase(which);
    compare();
  }

  void feed(std::size_t size) {
    if (size == 0 || reference_.failed) return;
    // Memory of its own for each read, so that ASan sees a view that outlives it.
    const bytes chunk(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(size));
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(size));
    bytes_view input(chunk);
    bool failed = false;
    actions todo;
    while (!failed && core_.next(input, todo)) {
      std::size_t answers = 0;
      for (const auto& one : todo) {
        CHECK(!failed);
        if (const auto* d = std::get_if<act::deliver>(&one)) CHECK(!d->data.empty());
        if (const auto* a = std::get_if<act::send>(&one)) {
          CHECK(a->data.size() <= 64);
          ++answers;
        }
        failed = std::holds_alternative<act::fail>(one);
        // As the driver does.
        if (const auto* f = std::get_if<act::finished>(&one)) core_.forget(f->stream);
        if (const auto* r = std::get_if<act::refused>(&one)) core_.forget(r->stream);
        add_event(seen_, as_event(one));
      }
      CHECK(answers <= 2);
    }
    CHECK(failed || input.empty());
    reference_.feed(chunk);
    CHECK(failed == reference_.failed);
    compare();
  }

  void compare() {
    CHECK(seen_ == reference_.seen);
    seen_.clear();
    reference_.seen.clear();
    CHECK(core_.streams().size() == reference_.live.size());
    for (const auto id : reference_.live) CHECK(core_.streams().contains(id));
    CHECK(!server_ || core_.streams().size() <= side.max_streams);
    CHECK(core_.heard() == reference_.heard);
    CHECK(core_.peer_version() == reference_.version);
  }

  script& s_;
  const bool server_;
  session_core core_;
  session_reference reference_;
  frame_script peer_{s_};
  bytes pending_;
  std::vector<event> seen_;
  std::uint32_t opened_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  script s({data, size});
  course(s).run();
  return 0;
}
