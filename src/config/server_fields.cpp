#include "config/server_fields.h"

#include "config/value.h"

#include <array>
#include <type_traits>
#include <variant>

namespace anytls::config {
namespace {

using l = server_limits;

struct limit_field {
  std::string_view name;
  std::string_view hyphen;
  std::variant<bool l::*, duration l::*, std::uint32_t l::*> member;
  field_text text;
};

constexpr std::array<limit_field, 9> table{{
    {"block_private", "block-private", &l::block_private, {"false", "true"}},
    {"idle_session_timeout",
     "idle-session-timeout",
     &l::idle_session_timeout,
     {"0 (never)", R"("5m")"}},
    {"heartbeat", "heartbeat", &l::heartbeat, {"0 (never)", R"("30s")"}},
    {"max_streams_per_user",
     "max-streams-per-user",
     &l::max_streams_per_user,
     {"0 (no limit)", "1000"}},
    {"max_pending_connections",
     "max-pending-connections",
     &l::max_pending_connections,
     {"4096", "1000"}},
    {"max_pending_connections_per_source",
     "max-pending-connections-per-source",
     &l::max_pending_connections_per_source,
     {"1024", "100"}},
    {"max_handshakes_per_source",
     "max-handshakes-per-source",
     &l::max_handshakes_per_source,
     {"500", "50"}},
    {"max_failures_per_source",
     "max-failures-per-source",
     &l::max_failures_per_source,
     {"600", "60"}},
    {"limit_private_sources",
     "limit-private-sources",
     &l::limit_private_sources,
     {"false", "true"}},
}};

}  // namespace

void read_server_limits(object_reader& in, bool hyphens, server_limits& into) {
  for (const auto& f : table) {
    const auto name = hyphens ? f.hyphen : f.name;
    const node* n = in.take(name, f.text);
    if (!n) continue;
    const auto at = in.place().at(name, *n);
    std::visit(
        [&](auto member) {
          using value = std::remove_cvref_t<decltype(into.*member)>;
          if constexpr (std::is_same_v<value, bool>)
            read_bool(at, into.*member);
          else if constexpr (std::is_same_v<value, duration>)
            read_duration(at, into.*member, bare_number::refused);
          else
            read_unsigned(at, into.*member);
        },
        f.member);
  }
}

}  // namespace anytls::config
