#pragma once
// What is still under way for streams that are over: a target that is being dialled because data is
// to be delivered to it, or one that takes its time to close. Nobody limits how fast a client opens
// and finishes streams, so there are only so many places for each user of a thread; whoever comes
// then takes the place of the oldest, which is cut.

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <unordered_map>

namespace anytls::server {

/// Of one thread.
class leftovers {
 public:
  explicit leftovers(std::size_t most_per_user) : most_(most_per_user) {}

  /// A place, kept while it lives.
  class place {
   public:
    /// `cut` is called when another one needs the place; it may destroy this.
    place(std::shared_ptr<leftovers> all, const void* user, std::function<void()> cut);
    ~place();
    place(const place&) = delete;
    place& operator=(const place&) = delete;

   private:
    std::shared_ptr<leftovers> all_;
    const void* user_;
    std::function<void()> cut_;
    std::list<place*>::iterator at_;
    bool in_ = true;
  };

  std::size_t count(const void* user) const noexcept;
  std::size_t cut() const noexcept { return cut_; }

 private:
  const std::size_t most_;
  std::size_t cut_ = 0;
  std::unordered_map<const void*, std::list<place*>> rows_;  ///< the oldest in front
};

}  // namespace anytls::server
