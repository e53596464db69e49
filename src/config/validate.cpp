#include "config/validate.h"

#include "config/detour.h"
#include "config/ech_fields.h"
#include "config/fallback_fields.h"
#include "config/judge_tls.h"
#include "config/pool_fields.h"
#include "config/proxy_fields.h"
#include "config/suggest.h"
#include "config/value.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

namespace anytls::config {
namespace {

long double seconds(duration d) { return static_cast<long double>(d.count()) / 1e9L; }

std::string in_words(long double s) { return fmt::format("{:.6g} s", static_cast<double>(s)); }

/// An option as the user's form writes it.
std::string named(const config& c, std::string_view name) {
  std::string out(name);
  if (c.form == form::mihomo) std::replace(out.begin(), out.end(), '_', '-');
  return out;
}

void judge_refill(const config& c, const pool_options& o, const std::string& at, report& out) {
  if (o.ensure_idle_session <= o.min_idle_session || o.idle_session_timeout >= 5min) return;
  // A session is closed by the first check at which it has been idle LONGER than the timeout.
  const auto interval = std::max(o.idle_session_check_interval, duration{1});
  const auto cycles = static_cast<std::uint64_t>(o.idle_session_timeout / interval) + 1;
  std::uint64_t count = o.ensure_idle_session - o.min_idle_session;
  if (const std::uint64_t rate = o.ensure_idle_session_create_rate;
      rate != 0 && cycles < count / rate + 1)  // this way round it cannot overflow
    count = std::min(count, rate * cycles);
  const auto period = seconds(interval) * static_cast<long double>(cycles);
  out.warning(at, 0,
              fmt::format("{} session{} re-made every {}, used or not: {} is only {}; write 5m or "
                          "more, or raise {}",
                          count, count == 1 ? " is" : "s are", in_words(period),
                          named(c, "idle_session_timeout"),
                          in_words(seconds(o.idle_session_timeout)), named(c, "min_idle_session")));
}

void judge_pool(const config& c, const outbound& of, report& out) {
  const auto& o = of.pool;
  const auto& at = of.location;
  if (o.ensure_idle_session_create_rate != 0 && o.ensure_idle_session == 0)
    out.warning(
        at, 0,
        fmt::format("{} does nothing without {}: no sessions are made ahead of use",
                    named(c, "ensure_idle_session_create_rate"), named(c, "ensure_idle_session")));
  if (o.connection_lifetime_jitter != duration{0}) {
    if (o.max_connection_lifetime == duration{0})
      out.warning(
          at, 0,
          fmt::format("{} does nothing without {}: sessions are not closed for their age",
                      named(c, "connection_lifetime_jitter"), named(c, "max_connection_lifetime")));
    else if (o.connection_lifetime_jitter >= o.max_connection_lifetime)
      out.warning(at, 0,
                  fmt::format("{} ({}) is not less than {} ({}): some sessions will be closed 1 s "
                              "after they were made",
                              named(c, "connection_lifetime_jitter"),
                              in_words(seconds(o.connection_lifetime_jitter)),
                              named(c, "max_connection_lifetime"),
                              in_words(seconds(o.max_connection_lifetime))));
  }
  judge_refill(c, o, at, out);
  if (o.ensure_idle_session == 0 || o.max_connection_lifetime == duration{0}) return;
  if (o.protected_for_age() >= o.ensure_idle_session)
    out.warning(
        at, 0,
        fmt::format("the pool never rotates: {} protects {} idle sessions from closing for their "
                    "age, {} asks "
                    "for {}",
                    named(c, o.min_idle_session_for_age != 0 ? "min_idle_session_for_age"
                                                             : "min_idle_session"),
                    o.protected_for_age(), named(c, "ensure_idle_session"), o.ensure_idle_session));
  if (o.ensure_idle_session_create_rate == 0) return;
  const auto turn = seconds(o.idle_session_check_interval) * o.ensure_idle_session /
                    o.ensure_idle_session_create_rate;
  if (turn > seconds(o.max_connection_lifetime))
    out.warning(at, 0,
                fmt::format("rotation cannot keep up: {} sessions at {} every {} take {}, {} is {}",
                            o.ensure_idle_session, o.ensure_idle_session_create_rate,
                            in_words(seconds(o.idle_session_check_interval)), in_words(turn),
                            named(c, "max_connection_lifetime"),
                            in_words(seconds(o.max_connection_lifetime))));
}

void judge_fallback(const config& c, const inbound& in, report& out) {
  const auto& alpn = in.tls->alpn;
  const char* list = c.form == form::mihomo ? "alpn" : "tls.alpn";
  const auto has = [](const auto& names, const std::string& protocol) {
    return std::find(names.begin(), names.end(), protocol) != names.end();
  };
  for (const auto& [protocol, web] : in.fallback_for_alpn) {
    if (alpn.empty() ? has(alpn_of_nginx, protocol) : has(alpn, protocol)) continue;
    const auto otherwise = alpn.empty() ? fmt::format("; without {} it is one of {}", list,
                                                      fmt::join(alpn_of_nginx, ", "))
                                        : fmt::format(", or leave {} out", list);
    out.warning(fmt::format("{}.{}.{}", in.location, named(c, "fallback_for_alpn"), protocol), 0,
                fmt::format("no handshake agrees on {0}: add {0} to {1}{2}", in_quotes(protocol),
                            list, otherwise));
  }
  const auto failures = in.limits.max_failures_per_source;
  const bool behind = in.fallback || !in.fallback_for_alpn.empty();
  if (behind && failures != 0 && failures != decltype(in.limits){}.max_failures_per_source)
    out.warning(in.location, 0,
                fmt::format("{} counts only who could not be handed to the web server",
                            named(c, "max_failures_per_source")));
}

void judge_ech(const config& c, const outbound& o, report& out) {
  const auto& tls = o.tls;
  if (!tls.ech.enabled) return;
  const auto at = o.location + (c.form == form::mihomo ? ".ech-opts" : ".tls.ech");
  if (tls.max_version && *tls.max_version < tls_version::tls_1_3)
    out.error(at, 0, "needs TLS 1.3: raise max_version");
  if (!tls.ech.config.empty() || !tls.ech.config_path.empty()) return;
  if (o.type != outbound_type::anytls)
    return out.error(at, 0, "config is missing: it is looked up in DNS for AnyTLS servers only");
  const auto& name = ech_name(tls, o.server);
  if (is_ip_address(name))
    out.error(
        at, 0,
        fmt::format("config is missing: an address, {}, has no HTTPS record to find it in", name));
}

void judge_inbound(const config& c, const inbound& in, report& out) {
  const bool server = in.type == inbound_type::anytls;
  if (in.tls) {
    judge_tls_server(c.form, *in.tls, in.location, out);
    judge_fallback(c, in, out);
    const bool ech = !in.tls->ech_key.empty() || !in.tls->ech_key_path.empty();
    if (ech && in.tls->max_version == tls_version::tls_1_2)
      out.error(in.location + ".tls.ech", 0, "needs TLS 1.3: raise max_version");
  }
  for (std::size_t i = 0; i < in.users.size(); ++i) {
    const auto& u = in.users[i];
    const auto at = fmt::format("{}.users[{}]", in.location, i);
    if (u.password.empty()) out.error(at, 0, "password is missing");
    if (!server && u.name.empty()) out.error(at, 0, "username is missing");
  }
  const auto* final = c.final();
  if (server && in.wait_for_target)
    out.warning(fmt::format("{}.{}", in.location, named(c, "wait_for_target")), 0,
                "does nothing on an AnyTLS server: it is for applications of SOCKS and HTTP");
  if (in.limits.block_private && final && final->is_proxy())
    out.warning(in.location, 0,
                fmt::format("{} looks at numeric targets only: names are resolved by the next "
                            "server, {}",
                            named(c, "block_private"), in_quotes(final->tag)));
  if (!in.users.empty()) return;
  if (server)
    out.error(in.location, 0, "users is missing: nobody could connect");
  else if (!is_loopback(in.listen))
    out.warning(
        in.location, 0,
        fmt::format(
            "listens on {} without a password: whoever reaches this machine can use it; write {}",
            in.listen,
            c.form == form::mihomo ? "authentication, or allow-lan: false"
                                   : "users, or \"listen\": \"127.0.0.1\""));
}

void judge_places(const config& c, report& out) {
  std::map<std::string, const inbound*> tags;
  std::map<std::tuple<std::string, std::uint16_t, std::string, std::string>, const inbound*> places;
  for (const auto& in : c.inbounds) {
    if (const auto [it, fresh] = tags.try_emplace(in.tag, &in); !fresh)
      out.error(in.location, 0,
                fmt::format("{} is the tag of {}", in_quotes(in.tag), it->second->location));
    if (in.port == 0) continue;  // said already
    const auto& s = in.socket;
    if (const auto [it, fresh] =
            places.try_emplace({in.listen, in.port, s.interface, s.network_namespace}, &in);
        !fresh)
      out.error(in.location, 0,
                fmt::format("{} listens on port {} of {} already", it->second->location, in.port,
                            in.listen));
  }
}

}  // namespace

void validate(const config& c, report& out) {
  judge_places(c, out);
  for (const auto& in : c.inbounds) judge_inbound(c, in, out);
  judge_detours(c, out);
  for (const auto& o : c.outbounds) {
    if (o.dial.source_without_port && o.dial.ipv4_source.empty() && o.dial.ipv6_source.empty())
      out.warning(o.location, 0,
                  "bind_address_no_port does nothing without inet4_bind_address or "
                  "inet6_bind_address");
    if (o.type == outbound_type::anytls || (o.is_proxy() && o.tls.enabled)) {
      judge_tls_client(c.form, o.tls, o.location, out);
      judge_ech(c, o, out);
    }
    if (o.type == outbound_type::socks || o.type == outbound_type::http) judge_proxy(o, out);
    if (o.type != outbound_type::anytls) continue;
    judge_pool(c, o, out);
  }
  if (c.inbounds.empty() && !out.has_errors())
    out.warning({}, 0,
                c.form == form::mihomo
                    ? "there is nothing to listen on; `anytls run` needs mixed-port or a listener"
                    : "there is nothing to listen on; `anytls run` needs an inbound");
}

}  // namespace anytls::config
