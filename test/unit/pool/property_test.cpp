// Random events against the pool's policy, and what must hold after each of them whatever happens:
// docs/spec/pool.md.

#include "support/pool_world.h"

namespace anytls::pool {
namespace {

/// Keeps its own books beside the policy's.
class books {
 public:
  explicit books(std::uint64_t seed)
      : dice_(seed), lifetimes_(seed + 1'000), options_(draw()), policy_(options_, lifetimes_) {
    after(policy_.start(now_));
  }

  void step() {
    now_ += duration(dice_.between(0, dice_.between(0, 4) == 0 ? 20'000'000'000 : 50'000'000));
    if (now_ >= policy_.next_check()) {
      created_in_cycle_ = 0;
      const auto warm = policy_.count().idle + policy_.count().retiring;
      after(policy_.check(now_));
      const auto left = policy_.count().idle + policy_.count().retiring;
      ASSERT_TRUE(!options_.make_before_break ||
                  left >= std::min<std::size_t>(warm, options_.ensure_idle_session));
      return;
    }
    if (now_ >= policy_.next_refill(now_)) {
      after(policy_.refill(now_));
      ASSERT_GT(policy_.next_refill(now_), now_) << "the clock would stand still";
      return;
    }
    // Whenever it is asked, it does not sleep over something that could be done.
    if (const auto later = now_ + duration(dice_.between(0, 8'000'000'000));
        dice_.between(0, 7) == 0 && policy_.next_refill(later) > later) {
      auto copy = policy_;
      ASSERT_EQ(copy.refill(later), pool_actions{});
    }
    switch (dice_.between(0, 12)) {
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
        return finish(true);
      case 8:
        return finish(dice_.between(0, 2) != 0);
      case 9:
        return prove();
      case 10:
        return dice_.between(0, 3) == 0 ? lose() : prove();
      case 11:
        return odd();
      case 12:
        return finish(true);
    }
  }

 private:
  enum class where { idle, active };
  struct known {
    where at;
    time_point created;
    bool draining = false;
  };

  pool_options draw() {
    pool_options o;
    const auto some = [this](std::uint64_t most) {
      return static_cast<std::uint32_t>(dice_.between(0, most));
    };
    o.idle_session_check_interval = dice_.between(0, 3) == 0 ? 10ms : 1s * dice_.between(1, 60);
    o.idle_session_timeout = dice_.between(0, 3) == 0 ? 10ms : 1s * dice_.between(1, 120);
    o.min_idle_session = some(6);
    o.ensure_idle_session = dice_.between(0, 4) == 0 ? 0 : dice_.between(0, 6) == 0 ? 50 : some(12);
    o.ensure_idle_session_create_rate = dice_.between(0, 1) ? 0 : some(5);
    if (dice_.between(0, 1)) o.max_connection_lifetime = 1s * dice_.between(1, 120);
    if (dice_.between(0, 1)) o.connection_lifetime_jitter = 1s * dice_.between(0, 60);
    o.min_idle_session_for_age = some(6);
    o.make_before_break = dice_.between(0, 3) != 0;
    o.refill_immediately = dice_.between(0, 3) != 0;
    o.disable_reuse = dice_.between(0, 7) == 0;
    return o;
  }

  void take() {
    pool_actions out;
    const auto got = policy_.take(now_, out);
    bool any = false;
    for (const auto& [seq, k] : sessions_) any = any || (k.at == where::idle && !k.draining);
    ASSERT_EQ(got.has_value(), any);
    if (got) {
      ASSERT_EQ(sessions_.at(got->seq).at, where::idle);
      ASSERT_FALSE(sessions_.at(got->seq).draining);
      sessions_.at(got->seq).at = where::active;
    }
    after(out, true);
  }
  void open() {
    if (sessions_.size() > 25) return;
    const auto seq = policy_.opened(now_, 0);
    ASSERT_GT(seq, newest_);
    newest_ = seq;
    sessions_[seq] = {where::active, now_};
    after({});
  }
  void give_back() {
    const auto seq = pick(where::active);
    if (!seq) return;
    sessions_[seq].at = where::idle;
    const auto kind = dice_.between(0, 5);
    sessions_[seq].draining = kind == 1;
    after(kind == 0 ? policy_.put_back_unused(now_, seq)
                    : policy_.returned(now_, seq, kind == 1, now_),
          true);
  }
  void finish(bool well) {
    if (pending_.empty()) return;
    const auto at =
        pending_.begin() + static_cast<std::ptrdiff_t>(dice_.between(0, pending_.size() - 1));
    const auto began = *at;
    pending_.erase(at);
    if (!well) return after(policy_.failed(now_, began));
    pool_actions out;
    const auto seq = policy_.created(now_, began, 0, out);
    ASSERT_GT(seq, newest_);
    newest_ = seq;
    sessions_[seq] = {where::idle, now_};
    after(out);
  }
  void prove() {
    if (const auto seq = pick(std::nullopt)) after(policy_.proved(now_, seq));
  }
  void lose() {
    const auto seq = pick(std::nullopt);
    if (!seq) return;
    sessions_.erase(seq);
    after(policy_.lost(now_, seq));
  }
  void odd() {
    switch (dice_.between(0, 5)) {
      case 0:
        return after(policy_.scheme_changed(now_));
      case 1:
        policy_.adopted();
        pending_.push_back(now_);
        ++adopted_;
        return after({});
      case 2:
        if (const auto seq = pick(where::idle)) {
          policy_.drained(seq);
          sessions_[seq].draining = false;
        }
        return;
      case 3:
        return after(policy_.proved(now_, newest_ + 1));
      case 4:
        return after(policy_.lost(now_, newest_ + 1));
      case 5:
        return after(policy_.refill(now_));
    }
  }

  sequence pick(std::optional<where> at) {
    if (sessions_.empty()) return 0;
    auto from = sessions_.begin();
    std::advance(from, static_cast<std::ptrdiff_t>(dice_.between(0, sessions_.size() - 1)));
    for (; from != sessions_.end(); ++from)
      if (!at || from->second.at == *at) return from->first;
    return 0;
  }

  /// `demand`: nothing of this may refill without refill_immediately.
  void after(const pool_actions& actions, bool demand = false) {
    for (const auto& action : actions) {
      if (const auto* close = std::get_if<close_session>(&action)) {
        const auto found = sessions_.find(close->seq);
        ASSERT_NE(found, sessions_.end()) << "closed twice";
        ASSERT_EQ(found->second.at, where::idle) << "an active session was closed";
        if (close->reason == session::close_reason::max_age) {
          ASSERT_GE(now_ - found->second.created,
                    std::max<duration>(1s, options_.max_connection_lifetime -
                                               options_.connection_lifetime_jitter));
        }
        sessions_.erase(found);
      } else if (const auto* create = std::get_if<create_sessions>(&action)) {
        ASSERT_GT(create->count, 0u);
        pending_.insert(pending_.end(), create->count, now_);
        created_in_cycle_ += create->count;
        const auto c = policy_.count();
        ASSERT_LE(c.idle + c.connecting, options_.ensure_idle_session);
        ASSERT_LE(c.connecting, pool_policy::max_in_flight + adopted_);
        ASSERT_TRUE(options_.refill_immediately || !demand) << "refilled between two checks";
      }
    }
    const std::size_t rate = options_.ensure_idle_session_create_rate;
    ASSERT_TRUE(rate == 0 || created_in_cycle_ <= rate);
    const auto c = policy_.count();
    std::size_t idle = 0, active = 0, retiring = 0;
    auto mine = sessions_.begin();
    const auto views = policy_.snapshot(now_);
    ASSERT_EQ(views.size(), sessions_.size());
    bool same = true;
    for (const auto& v : views) {
      same = same && v.seq == mine->first && v.idle == (mine->second.at == where::idle) &&
             v.idle_for >= 0s;
      ++(v.idle ? idle : active);
      retiring += v.retiring;
      ++mine;
    }
    ASSERT_TRUE(same);
    ASSERT_EQ(c, (pool_policy::counts{idle - retiring, retiring, active, pending_.size()}));
    ASSERT_TRUE(options_.make_before_break || retiring == 0);
    ASSERT_LE(retiring, options_.ensure_idle_session);
  }

  seeded_random dice_;
  seeded_random lifetimes_;
  const pool_options options_;
  pool_policy policy_;
  time_point now_ = time_point{} + 1h;
  std::map<sequence, known> sessions_;
  std::vector<time_point> pending_;
  sequence newest_ = 0;
  std::size_t created_in_cycle_ = 0;
  std::size_t adopted_ = 0;
};

TEST(property, invariants_hold_after_every_event) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    books b(seed);
    for (int i = 0; i < 5'000; ++i) {
      b.step();
      if (testing::Test::HasFatalFailure()) {
        ADD_FAILURE() << "seed " << seed << ", step " << i;
        return;
      }
    }
  }
}

}  // namespace
}  // namespace anytls::pool
