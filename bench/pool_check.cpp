// What the pool's policy costs: a check of many idle sessions (goal: 10,000 in under 1 ms), and a
// request.

#include "pool/pool_policy.h"

#include <benchmark/benchmark.h>

#include <memory>

namespace {

using namespace anytls;
using namespace anytls::pool;

pool_options hour() {
  pool_options o;
  o.idle_session_timeout = 24h;
  o.max_connection_lifetime = 24h;
  o.connection_lifetime_jitter = 1h;
  return o;
}

struct idle_pool {
  explicit idle_pool(std::int64_t sessions, const pool_options& options = hour())
      : policy(options, random) {
    policy.start(now);
    for (std::int64_t i = 0; i < sessions; ++i)
      policy.returned(now, policy.opened(now, 0), false, now);
  }
  seeded_random random{1};
  time_point now = time_point{} + 1h;
  pool_policy policy;
};

// Nothing is due: what every interval costs.
void check(benchmark::State& state) {
  idle_pool p(state.range(0));
  for (auto _ : state) {
    p.now += 1ms;
    benchmark::DoNotOptimize(p.policy.check(p.now));
  }
}
BENCHMARK(check)->Arg(100)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMicrosecond);

// All of them go.
void check_that_closes(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    auto p = std::make_unique<idle_pool>(state.range(0));
    p->now += 48h;
    state.ResumeTiming();
    benchmark::DoNotOptimize(p->policy.check(p->now));
    state.PauseTiming();
    p.reset();
    state.ResumeTiming();
  }
}
BENCHMARK(check_that_closes)->Arg(10'000)->Unit(benchmark::kMicrosecond);

void take_and_return(benchmark::State& state) {
  auto o = hour();
  if (state.range(1) == 0) o.max_connection_lifetime = duration{0};
  idle_pool p(state.range(0), o);
  pool_actions out;
  for (auto _ : state) {
    p.now += 1us;
    const auto got = p.policy.take(p.now, out);
    benchmark::DoNotOptimize(p.policy.returned(p.now, got->seq, false, p.now));
  }
}
BENCHMARK(take_and_return)
    ->ArgNames({"idle", "lifetime"})
    ->Args({10, 0})
    ->Args({10, 1})
    ->Args({10'000, 0})
    ->Args({10'000, 1});

}  // namespace

BENCHMARK_MAIN();
