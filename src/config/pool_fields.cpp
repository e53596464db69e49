#include "config/pool_fields.h"

#include "config/value.h"

#include <array>
#include <type_traits>

namespace anytls::config {
namespace {

using o = pool_options;

constexpr std::array<pool_field, 19> table{{
    {"idle_session_check_interval",
     "idle-session-check-interval",
     &o::idle_session_check_interval,
     {"30s", R"("10s")"},
     true},
    {"idle_session_timeout",
     "idle-session-timeout",
     &o::idle_session_timeout,
     {"30s", R"("5m")"},
     true},
    {"min_idle_session", "min-idle-session", &o::min_idle_session, {"0", "5"}},
    {"ensure_idle_session", "ensure-idle-session", &o::ensure_idle_session, {"0", "5"}},
    {"ensure_idle_session_create_rate",
     "ensure-idle-session-create-rate",
     &o::ensure_idle_session_create_rate,
     {"0 (no limit)", "3"}},
    {"max_connection_lifetime",
     "max-connection-lifetime",
     &o::max_connection_lifetime,
     {"0 (none)", R"("1h")"}},
    {"connection_lifetime_jitter",
     "connection-lifetime-jitter",
     &o::connection_lifetime_jitter,
     {"0", R"("10m")"}},
    {"min_idle_session_for_age",
     "min-idle-session-for-age",
     &o::min_idle_session_for_age,
     {"min_idle_session", "1"}},
    {"heartbeat", "heartbeat", &o::heartbeat, {"0 (off)", R"("30s")"}},
    {"heartbeat_timeout",
     "heartbeat-timeout",
     &o::heartbeat_timeout,
     {"max(4 round trips, min(heartbeat, 10s))", R"("10s")"}},
    {"session_freshness",
     "session-freshness",
     &o::session_freshness,
     {"min(1.5 heartbeat, 10s); 10s without heartbeat", R"("3s")"}},
    {"make_before_break", "make-before-break", &o::make_before_break, {"true", "false"}},
    {"refill_immediately", "refill-immediately", &o::refill_immediately, {"true", "false"}},
    {"hedge", "hedge", &o::hedge, {"true", "false"}},
    {"probe_on_wake", "probe-on-wake", &o::probe_on_wake, {"true", "false"}},
    {"disable_reuse", "disable-reuse", &o::disable_reuse, {"false", "true"}},
    {"stream_timeout", "stream-timeout", &o::stream_timeout, {"15s", R"("10s")"}},
    {"half_close_timeout", "half-close-timeout", &o::half_close_timeout, {"30s", R"("1m")"}},
    {"client",
     "client",
     &o::client,
     {"the name and version of this program", R"("sing-anytls/0.0.11")"}},
}};

bool is_legacy(const pool_field& f) noexcept {
  return f.name == "idle_session_check_interval" || f.name == "idle_session_timeout" ||
         f.name == "min_idle_session";
}

void read(const pool_field& f, const cursor& at, pool_layer layer, pool_options& into) {
  const auto bare = layer == pool_layer::legacy || layer == pool_layer::session_override
                        ? bare_number::seconds
                        : bare_number::refused;
  const bool zero_is_unset = layer == pool_layer::legacy;
  std::visit(
      [&](auto member) {
        using value = std::remove_cvref_t<decltype(into.*member)>;
        auto& target = into.*member;
        if constexpr (std::is_same_v<value, duration> ||
                      std::is_same_v<value, std::optional<duration>>) {
          static const pool_options defaults;
          if (at.value->is_scalar() && at.value->text.empty()) {  // "" = default
            target = defaults.*member;
            return;
          }
          duration d{};
          if (!read_duration(at, d, bare) || (d == duration{0} && zero_is_unset)) return;
          if constexpr (std::is_same_v<value, std::optional<duration>>)
            target = d == duration{0} ? std::nullopt
                                      : std::optional(d);  // nothing to switch off: automatic
          else
            target = d == duration{0} && f.zero_is_default ? defaults.*member : d;
        } else if constexpr (std::is_same_v<value, std::uint32_t>) {
          std::uint32_t n = 0;
          if (read_unsigned(at, n) && !(n == 0 && zero_is_unset)) target = n;
        } else if constexpr (std::is_same_v<value, bool>) {
          read_bool(at, target);
        } else {
          read_string(at, target);
        }
      },
      f.member);
}

}  // namespace

std::span<const pool_field> pool_fields() noexcept { return table; }

void read_pool(object_reader& in, pool_layer layer, pool_options& into) {
  for (const auto& f : pool_fields()) {
    if (layer == pool_layer::legacy && !is_legacy(f)) continue;
    const auto name = layer == pool_layer::sing_box ? f.name : f.hyphen;
    if (const node* n = in.take(name, f.text)) read(f, in.place().at(name, *n), layer, into);
  }
}

}  // namespace anytls::config
