// Any course of events against the pool's policy, with books of our own beside it:
// docs/spec/pool.md. What the unit test `property` draws from a seed, the fuzzer chooses; and it
// goes to the ends of every option.
#include "pool/pool_policy.h"

#include "check.h"
#include "script.h"

#include <map>

namespace {

using namespace anytls;
using namespace anytls::pool;

class books {
 public:
  explicit books(script& s)
      : s_(s), lifetimes_(s.byte()), options_(draw()), policy_(options_, lifetimes_) {
    after(policy_.start(now_));
  }

  void run() {
    for (int steps = 0; !s_.over() && steps < 3'000; ++steps) step();
    if (!down_) shut_down();
  }

 private:
  enum class where { idle, active };
  struct known {
    where at;
    std::size_t place;
    time_point created;
    time_point heard;
    bool draining = false;
    bool doubted = false;
  };

  duration length() {
    static constexpr duration lengths[] = {10ms,           1s, 5s, 30s, 1h, duration::max() / 4,
                                           duration::max()};
    const auto kind = s_.byte();
    return kind < 200 ? 1s * (1 + kind % 90) : lengths[kind % std::size(lengths)];
  }
  std::uint32_t count() {
    const auto kind = s_.byte();
    return kind < 230 ? kind % 8 : kind < 250 ? kind % 64 : kind < 253 ? 0xffffffff : 0x80000000;
  }
  pool_options draw() {
    pool_options o;
    o.idle_session_check_interval = length();
    o.idle_session_timeout = length();
    o.min_idle_session = count();
    o.ensure_idle_session = static_cast<std::uint32_t>(s_.upto(40));
    o.ensure_idle_session_create_rate = s_.flip() ? 0 : count();
    if (s_.flip()) o.max_connection_lifetime = length();
    if (s_.flip()) o.connection_lifetime_jitter = length();
    o.min_idle_session_for_age = count();
    const auto bits = s_.byte();
    o.make_before_break = (bits & 3) != 0;
    o.refill_immediately = (bits & 12) != 0;
    o.disable_reuse = (bits & 0x70) == 0;
    o.hedge = (bits & 0x80) == 0;
    if (s_.flip()) o.session_freshness = length();
    return o;
  }

  void step() {
    const auto what = s_.byte();
    if (what >= 128)
      now_ += what < 200 ? 1ms * s_.byte() : what < 240 ? 100ms * s_.byte() : 10s * s_.byte();
    if (now_ >= policy_.next_check()) {
      created_in_cycle_ = 0;
      return keeping_warm([&] { return policy_.check(now_); });
    }
    if (now_ >= policy_.next_refill(now_)) {
      after(policy_.refill(now_));
      CHECK(policy_.next_refill(now_) > now_);  // or the clock would stand still
      return;
    }
    // Whenever it is asked, it does not sleep over something that could be done.
    if (const auto later = now_ + 10ms * s_.byte();
        (what & 64) != 0 && policy_.next_refill(later) > later) {
      auto copy = policy_;
      CHECK(copy.refill(later).empty());
    }
    switch (what % 21) {
      case 0:
      case 1:
      case 2:
        return take();
      case 3:
        return open();
      case 4:
      case 5:
      case 6:
        return give_back();
      case 7:
      case 8:
      case 9:
        return finish(true);
      case 10:
        return finish(false);
      case 11:
        return after(policy_.proved(now_, any()));
      case 12:
        return lose();
      case 13:
        return with_any([&](sequence seq, known& k) {
          policy_.heard(now_, seq);
          k.heard = now_;
          k.doubted = false;
        });
      case 14:
        return with_any([&](sequence seq, known& k) {
          policy_.doubt(now_, seq);
          k.doubted = true;
          distrusted_ = now_;
        });
      case 15:
        return with_any([&](sequence seq, known& k) {
          policy_.drained(seq);
          k.draining = false;
        });
      case 16:
        policy_.distrust(now_);
        distrusted_ = now_;
        return;
      case 17:
        if (!down_) distrusted_ = now_;
        return keeping_warm([&] { return policy_.network_changed(now_, s_.flip()); });
      case 18:
        return keeping_warm([&] { return policy_.scheme_changed(now_); });
      case 19:
        return odd();
      case 20:
        return after(policy_.refill(now_));
    }
  }

  // What is renewed stays until its replacement is there.
  template <typename Event>
  void keeping_warm(Event event) {
    const auto warm = [&] { return policy_.count().idle + policy_.count().retiring; };
    const auto before = warm();
    after(event());
    CHECK(!options_.make_before_break ||
          warm() >= std::min<std::size_t>(before, options_.ensure_idle_session));
  }

  bool fresh(const known& k) const {
    return !options_.hedge || (k.heard > distrusted_ && now_ - k.heard <= options_.freshness());
  }

  void take() {
    pool_policy::wish wish;
    const auto kind = s_.byte();
    if (kind & 1) wish.only = kind >> 4 & 1;
    wish.fresh = (kind & 2) != 0;
    bool any_fresh = false, any_stale = false;
    sequence newest_fresh = 0, newest_stale = 0;
    for (const auto& [seq, k] : sessions_) {
      if (k.at != where::idle || k.draining || k.doubted || (wish.only && k.place != *wish.only))
        continue;
      (fresh(k) ? any_fresh : any_stale) = true;
      (fresh(k) ? newest_fresh : newest_stale) = seq;
    }
    pool_actions out;
    const auto got = policy_.take(now_, out, wish);
    CHECK(got.has_value() == (any_fresh || (any_stale && !wish.fresh)));
    if (got) {
      auto& k = sessions_.at(got->seq);
      CHECK(k.at == where::idle && !k.draining && !k.doubted);
      CHECK(got->fresh == any_fresh && got->fresh == fresh(k) && got->place == k.place);
      CHECK(options_.max_connection_lifetime > 0s ||
            got->seq == (any_fresh ? newest_fresh : newest_stale));
      k.at = where::active;
    }
    after(out, true);
  }
  void open() {
    if (sessions_.size() > 60) return;
    const auto place = s_.upto(1);
    add(policy_.opened(now_, place), where::active, place);
    after({});
  }
  void give_back() {
    const auto seq = pick(where::active);
    if (!seq) return;
    auto& k = sessions_[seq];
    k.at = where::idle;
    const auto kind = s_.byte();
    if (kind % 4 == 0) return after(policy_.put_back_unused(now_, seq), true);
    k.draining = kind % 4 == 1;
    const auto heard = now_ - 10ms * (kind >> 2);
    k.heard = std::max(k.heard, heard);
    after(policy_.returned(now_, seq, k.draining, heard), true);
    CHECK(!options_.disable_reuse || !sessions_.contains(seq));
  }
  void finish(bool well) {
    if (pending_.empty()) return;
    const auto at = pending_.begin() + static_cast<std::ptrdiff_t>(s_.byte() % pending_.size());
    const auto began = *at;
    pending_.erase(at);
    if (!well) return after(policy_.failed(now_, began));
    pool_actions out;
    const auto place = s_.upto(1);
    add(policy_.created(now_, began, place, out), where::idle, place);
    after(out);
  }
  void lose() {
    const auto seq = pick(std::nullopt);
    if (!seq) return;
    sessions_.erase(seq);
    after(policy_.lost(now_, seq));
  }
  void odd() {
    switch (s_.upto(5)) {
      case 0:
        policy_.adopted();
        pending_.push_back(now_);
        ++adopted_;
        return after({});
      case 1:
        if (pending_.empty()) return;
        pending_.pop_back();
        policy_.cancelled();
        return after({});
      case 2:  // of sessions that are gone, or were never there
        after(policy_.proved(now_, newest_ + 1));
        after(policy_.returned(now_, newest_ + 1, false, now_));
        return after(policy_.put_back_unused(now_, newest_ + 1));
      case 3:
        return after(policy_.lost(now_, newest_ + 1));
      case 4:  // given back twice
        if (const auto seq = pick(where::idle)) after(policy_.returned(now_, seq, false, now_));
        return;
      case 5:
        if (s_.upto(15) == 0) shut_down();
        return;
    }
  }
  void shut_down() {
    down_ = true;
    after(policy_.shut_down());
    CHECK(pick(where::idle) == 0);
    CHECK(policy_.next_check() == time_point::max());
    CHECK(policy_.next_refill(now_) == time_point::max());
  }

  void add(sequence seq, where at, std::size_t place) {
    CHECK(seq > newest_);
    newest_ = seq;
    sessions_[seq] = {at, place, now_, now_};
  }
  sequence pick(std::optional<where> at) {
    if (sessions_.empty()) return 0;
    auto from = sessions_.begin();
    std::advance(from, static_cast<std::ptrdiff_t>(s_.byte() % sessions_.size()));
    for (std::size_t i = 0; i < sessions_.size(); ++i) {
      if (!at || from->second.at == *at) return from->first;
      if (++from == sessions_.end()) from = sessions_.begin();
    }
    return 0;
  }
  sequence any() { return pick(std::nullopt); }
  template <typename What>
  void with_any(What what) {
    if (const auto seq = any()) what(seq, sessions_[seq]);
    after({});
  }

  /// `demand`: nothing of this may refill without refill_immediately.
  void after(const pool_actions& actions, bool demand = false) {
    for (const auto& action : actions) {
      if (const auto* close = std::get_if<close_session>(&action)) {
        const auto found = sessions_.find(close->seq);
        CHECK(found != sessions_.end());  // closed twice
        CHECK(found->second.at == where::idle);
        CHECK(found->second.place == close->place);
        if (close->reason == session::close_reason::max_age) {
          const auto most =
              std::min<duration>(options_.max_connection_lifetime, duration::max() / 4);
          const auto jitter =
              std::min<duration>(options_.connection_lifetime_jitter, duration::max() / 4);
          CHECK(options_.max_connection_lifetime > 0s);
          CHECK(now_ - found->second.created >= std::max<duration>(1s, most - jitter));
        }
        sessions_.erase(found);
      } else if (const auto* create = std::get_if<create_sessions>(&action)) {
        CHECK(!down_);
        CHECK(create->count > 0);
        pending_.insert(pending_.end(), create->count, now_);
        created_in_cycle_ += create->count;
        const auto c = policy_.count();
        CHECK(c.idle + c.connecting <= options_.ensure_idle_session);
        CHECK(c.connecting <= pool_policy::max_in_flight + adopted_);
        CHECK(options_.refill_immediately || !demand);
      }
    }
    const std::size_t rate = options_.ensure_idle_session_create_rate;
    CHECK(rate == 0 || created_in_cycle_ <= rate);
    const auto c = policy_.count();
    std::size_t idle = 0, active = 0, retiring = 0;
    auto mine = sessions_.begin();
    const auto views = policy_.snapshot(now_);
    CHECK(views.size() == sessions_.size());
    for (const auto& v : views) {
      CHECK(v.seq == mine->first && v.idle == (mine->second.at == where::idle) && v.idle_for >= 0s);
      ++(v.idle ? idle : active);
      retiring += v.retiring;
      ++mine;
    }
    CHECK(c == (pool_policy::counts{idle - retiring, retiring, active, pending_.size()}));
    CHECK(options_.make_before_break || retiring == 0);
    CHECK(retiring <= options_.ensure_idle_session);
  }

  script& s_;
  seeded_random lifetimes_;
  const pool_options options_;
  pool_policy policy_;
  time_point now_ = time_point{} + 1h;
  time_point distrusted_ = time_point::min();
  std::map<sequence, known> sessions_;
  std::vector<time_point> pending_;
  sequence newest_ = 0;
  std::size_t created_in_cycle_ = 0;
  std::size_t adopted_ = 0;
  bool down_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  script s({data, size});
  books(s).run();
  return 0;
}
