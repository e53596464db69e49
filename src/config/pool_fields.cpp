#include "config/pool_fields.h"

#include "config/value.h"

#include <array>
#include <type_traits>

namespace anytls::config {
namespace {

using o = pool_options;

constexpr std::array<pool_field, 19> table{{
    {"idle_session_check_interval", "idle-session-check-interval", &o::idle_session_check_interval,
     true},
    {"idle_session_timeout", "idle-session-timeout", &o::idle_session_timeout, true},
    {"min_idle_session", "min-idle-session", &o::min_idle_session},
    {"ensure_idle_session", "ensure-idle-session", &o::ensure_idle_session},
    {"ensure_idle_session_create_rate", "ensure-idle-session-create-rate",
     &o::ensure_idle_session_create_rate},
    {"max_connection_lifetime", "max-connection-lifetime", &o::max_connection_lifetime},
    {"connection_lifetime_jitter", "connection-lifetime-jitter", &o::connection_lifetime_jitter},
    {"min_idle_session_for_age", "min-idle-session-for-age", &o::min_idle_session_for_age},
    {"heartbeat", "heartbeat", &o::heartbeat},
    {"heartbeat_timeout", "heartbeat-timeout", &o::heartbeat_timeout},
    {"session_freshness", "session-freshness", &o::session_freshness},
    {"make_before_break", "make-before-break", &o::make_before_break},
    {"refill_immediately", "refill-immediately", &o::refill_immediately},
    {"hedge", "hedge", &o::hedge},
    {"probe_on_wake", "probe-on-wake", &o::probe_on_wake},
    {"disable_reuse", "disable-reuse", &o::disable_reuse},
    {"stream_timeout", "stream-timeout", &o::stream_timeout},
    {"half_close_timeout", "half-close-timeout", &o::half_close_timeout},
    {"client", "client", &o::client},
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
    if (const node* n = in.take(name)) read(f, in.place().at(name, *n), layer, into);
  }
}

}  // namespace anytls::config
