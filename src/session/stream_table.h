#pragma once
// The live streams of one session. Pure. A session nearly always has one, so a sorted vector beats
// any map.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace anytls::session {

class stream;

class stream_table {
 public:
  struct entry {
    std::uint32_t id = 0;
    stream* owner = nullptr;  ///< null until the driver has made its object
  };

  bool contains(std::uint32_t id) const noexcept { return position(id) != streams_.end(); }

  stream* find(std::uint32_t id) const noexcept {
    auto at = position(id);
    return at == streams_.end() ? nullptr : at->owner;
  }

  /// False for an id that is there already.
  bool insert(std::uint32_t id) {
    auto at = std::lower_bound(streams_.begin(), streams_.end(), id, before);
    if (at != streams_.end() && at->id == id) return false;
    streams_.insert(at, {id, nullptr});
    return true;
  }

  void set_owner(std::uint32_t id, stream* owner) noexcept {
    auto at = std::lower_bound(streams_.begin(), streams_.end(), id, before);
    if (at != streams_.end() && at->id == id) at->owner = owner;
  }

  void erase(std::uint32_t id) noexcept {
    auto at = position(id);
    if (at != streams_.end()) streams_.erase(at);
    if (streams_.empty()) std::vector<entry>().swap(streams_);  // an idle session owns nothing
  }

  std::size_t size() const noexcept { return streams_.size(); }
  bool empty() const noexcept { return streams_.empty(); }
  auto begin() const noexcept { return streams_.begin(); }
  auto end() const noexcept { return streams_.end(); }

 private:
  static bool before(const entry& e, std::uint32_t id) noexcept { return e.id < id; }

  std::vector<entry>::const_iterator position(std::uint32_t id) const noexcept {
    auto at = std::lower_bound(streams_.begin(), streams_.end(), id, before);
    return at != streams_.end() && at->id == id ? at : streams_.end();
  }

  std::vector<entry> streams_;
};

}  // namespace anytls::session
