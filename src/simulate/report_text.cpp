#include "simulate/report_text.h"

#include "simulate/time_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <functional>

namespace anytls::simulate {
namespace {

constexpr std::size_t width = 60;

double share(std::uint64_t part, std::uint64_t of) {
  return of == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(of);
}

/// "99.9", but never "100.0" or "0.0" for what is not quite that.
std::string percent(double value) {
  if (value > 0 && value < 0.05) return "< 0.1 %";
  if (value < 100 && value >= 99.95) return "> 99.9 %";
  return fmt::format("{:.1f} %", value);
}

void line(std::string& out, const char* name, std::string_view text) {
  out += fmt::format("{:<22}{}\n", name, text);
}

std::string of_traffic(const traffic& t) {
  const auto rate_text = [](const rate& r) {
    return fmt::format("{:g} in {}", r.count, in_words(r.period));
  };
  if (const auto* s = std::get_if<steady_traffic>(&t)) return "steady, " + rate_text(s->every);
  if (const auto* r = std::get_if<random_traffic>(&t)) return "random, " + rate_text(r->average);
  if (const auto* b = std::get_if<burst_traffic>(&t))
    return fmt::format("bursts of {} every {}", b->count, in_words(b->period));
  return fmt::format("{} lines of CSV", std::get<listed_traffic>(t).arrivals.size());
}

std::string bars(const std::vector<column>& columns,
                 const std::function<std::uint64_t(const column&)>& value, std::uint64_t most) {
  static constexpr std::array<const char*, 9> levels{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::string out;
  for (const auto& c : columns) out += levels[most == 0 ? 0 : (value(c) * 8 + most - 1) / most];
  return out;
}

}  // namespace

std::string describe(const pool::pool_options& o) {
  static const pool::pool_options defaults;
  std::vector<std::string> out;
  const auto number = [&](const char* name, std::uint32_t value, std::uint32_t usual) {
    if (value != usual) out.push_back(fmt::format("{} {}", name, value));
  };
  const auto time = [&](const char* name, duration value, duration usual) {
    if (value != usual) out.push_back(fmt::format("{} {}", name, in_words(value)));
  };
  const auto yes = [&](const char* name, bool value, bool usual) {
    if (value != usual) out.push_back(fmt::format("{} {}", name, value));
  };
  number("ensure_idle_session", o.ensure_idle_session, defaults.ensure_idle_session);
  number("ensure_idle_session_create_rate", o.ensure_idle_session_create_rate, 0);
  number("min_idle_session", o.min_idle_session, 0);
  number("min_idle_session_for_age", o.min_idle_session_for_age, 0);
  time("idle_session_timeout", o.idle_session_timeout, defaults.idle_session_timeout);
  time("idle_session_check_interval", o.idle_session_check_interval,
       defaults.idle_session_check_interval);
  time("max_connection_lifetime", o.max_connection_lifetime, defaults.max_connection_lifetime);
  time("connection_lifetime_jitter", o.connection_lifetime_jitter,
       defaults.connection_lifetime_jitter);
  time("heartbeat", o.heartbeat, defaults.heartbeat);
  yes("make_before_break", o.make_before_break, true);
  yes("refill_immediately", o.refill_immediately, true);
  yes("hedge", o.hedge, true);
  yes("disable_reuse", o.disable_reuse, false);
  return out.empty() ? "all options at their defaults" : fmt::format("{}", fmt::join(out, ", "));
}

std::string describe(const scenario& s) {
  std::vector<std::string> out{in_words(s.length)};
  for (const auto& t : s.requests) out.push_back(of_traffic(t));
  if (s.requests.empty())
    out.emplace_back("no requests");
  else
    out.push_back(fmt::format("each {} ({})", in_words(s.request_time),
                              s.fixed_request_time ? "fixed" : "exponential"));
  out.push_back(
      fmt::format("RTT {}, a new session {}", in_words(s.rtt), in_words(s.handshake_rtts * s.rtt)));
  for (const auto& o : s.outages)
    out.push_back(fmt::format("outage at {} for {}", in_words(o.from), in_words(o.length)));
  if (s.server_idle_close > duration{0})
    out.push_back("server closes idle after " + in_words(s.server_idle_close));
  if (s.server_rate.period > duration{0})
    out.push_back(fmt::format("server takes {:g} in {}", s.server_rate.count,
                              in_words(s.server_rate.period)));
  if (s.nat_timeout > duration{0})
    out.push_back("silent connections forgotten after " + in_words(s.nat_timeout));
  out.push_back(fmt::format("seed {}", s.seed));
  return fmt::format("{}", fmt::join(out, "; "));
}

std::string table(const report& r, const scenario& what, const pool::pool_options& options) {
  const auto hours = std::chrono::duration<double, std::ratio<3600>>(what.length).count();
  std::string out;
  line(out, "requests", fmt::format("{}", r.requests));
  if (r.requests > 0) {
    line(out, "  warm", fmt::format("{:<9}{}", r.warm, percent(share(r.warm, r.requests))));
    line(out, "  cold", fmt::format("{:<9}{}", r.cold, percent(share(r.cold, r.requests))));
    if (r.dead_hits > 0)
      line(out, "  handed a dead one",
           fmt::format("{:<9}{}", r.dead_hits, percent(share(r.dead_hits, r.requests))));
    if (r.failed > 0)
      line(out, "  failed", fmt::format("{:<9}{}", r.failed, percent(share(r.failed, r.requests))));
    if (r.cut_off > 0)
      line(out, "  cut off",
           fmt::format("{:<9}{}", r.cut_off, percent(share(r.cut_off, r.requests))));
    line(out, "waiting time",
         fmt::format("p50 {}, p99 {}, longest {}", in_words(r.waited.percentile(50)),
                     in_words(r.waited.percentile(99)), in_words(r.waited.longest())));
  }
  line(out, "sessions made",
       fmt::format("{:<9}ahead of use {}, for requests {}", r.made_ahead + r.made_for_request,
                   r.made_ahead, r.made_for_request));
  std::uint64_t closed = 0;
  std::vector<std::string> reasons;
  for (const auto& [reason, count] : r.closed) {
    closed += count;
    reasons.push_back(fmt::format("{} {}", session::name(reason), count));
  }
  line(out, "sessions closed",
       reasons.empty() ? "0" : fmt::format("{:<9}{}", closed, fmt::join(reasons, ", ")));
  line(out, "most at once",
       fmt::format("{:<9}idle {}, active {}", r.most_sessions, r.most_idle, r.most_active));
  if (options.ensure_idle_session > 0) {
    const auto fewest =
        r.fewest_ready ? fmt::format("{}", *r.fewest_ready) : std::string("never full");
    line(out, "fewest ready",
         fmt::format("{:<9}below the target of {}: {} of the time", fewest,
                     options.ensure_idle_session, percent(100 * r.below_target)));
  }
  line(out, "TLS handshakes",
       fmt::format("{:.1f} per hour, at most {} in one minute",
                   static_cast<double>(r.handshakes) / hours, r.most_in_a_minute));
  if (r.refused > 0) line(out, "attempts refused", fmt::format("{}", r.refused));
  return out;
}

std::string timeline(const report& r, const scenario& what) {
  const auto columns = merge_columns(r.columns, width);
  const auto labels = axis(what.length, 6);
  std::string scale(width + 8, ' ');
  for (const auto& t : labels) {
    const auto at = static_cast<std::size_t>(static_cast<double>(t.at.count()) /
                                             static_cast<double>(what.length.count()) * width);
    scale.replace(std::min(at, width), t.label.size(), t.label);
  }
  scale.erase(scale.find_last_not_of(' ') + 1);
  std::string out = fmt::format("{:<22}{}\n", "", scale);
  const auto row = [&](const char* name, const std::function<std::uint64_t(const column&)>& value,
                       bool always) {
    std::uint64_t most = 0;
    for (const auto& c : columns) most = std::max(most, value(c));
    if (most > 0 || always)
      out += fmt::format("{:<14}{:>6}  {}\n", name, most, bars(columns, value, most));
  };
  row("ready, fewest", [](const column& c) { return c.ready.least; }, true);
  row("active, most", [](const column& c) { return c.active.most; }, true);
  row("handshakes", [](const column& c) { return c.events.handshakes; }, true);
  row("refused", [](const column& c) { return c.events.refused; }, false);
  row("closed: idle", [](const column& c) { return c.events.closed_idle; }, false);
  row("closed: age", [](const column& c) { return c.events.closed_age; }, false);
  row("closed: other", [](const column& c) { return c.events.closed_other; }, false);
  row("cold starts", [](const column& c) { return c.events.cold_starts; }, false);
  row("failed", [](const column& c) { return c.events.failed; }, false);
  return out +
         fmt::format("{:<22}one column = {}; the number before a row is its highest column\n", "",
                     in_words(what.length /
                              static_cast<std::int64_t>(std::max<std::size_t>(columns.size(), 1))));
}

}  // namespace anytls::simulate
