#include "app/socket_setup.h"

#include "app/startup_error.h"
#include "base/log.h"
#include "net/network_namespace.h"
#include "net/socket_probe.h"

#include <fmt/format.h>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>

namespace anytls::app {
namespace {

int seconds(const std::optional<duration>& d) {
  if (!d) return 0;
  return static_cast<int>(std::chrono::ceil<std::chrono::seconds>(*d).count());
}

net::socket_setup common(const config::socket_fields& from, config::form form) {
  net::socket_setup to;
  to.interface = from.interface;
  to.mark = from.routing_mark;
  to.reuse_address = from.reuse_address;
  to.fast_open = from.fast_open.value_or(false);
  to.multi_path = from.multi_path.value_or(false);
  to.keep_alive.off = from.keep_alive.disabled.value_or(false);
  to.keep_alive.idle_seconds = seconds(from.keep_alive.idle);
  to.keep_alive.interval_seconds = seconds(from.keep_alive.interval);
  to.keep_alive.probes = static_cast<int>(from.keep_alive.count.value_or(0));
  to.network_namespace = from.network_namespace;
  to.dashes = form == config::form::mihomo;
  return to;
}

/// Null where nothing is asked for.
std::shared_ptr<const net::socket_setup> shared(net::socket_setup made) {
  net::socket_setup nothing;
  nothing.dashes = made.dashes;
  if (made == nothing) return nullptr;
  return std::make_shared<const net::socket_setup>(std::move(made));
}

net::family_strategy family(config::domain_strategy from) {
  switch (from) {
    case config::domain_strategy::as_is:
      break;
    case config::domain_strategy::prefer_ipv4:
      return net::family_strategy::prefer_ipv4;
    case config::domain_strategy::prefer_ipv6:
      return net::family_strategy::prefer_ipv6;
    case config::domain_strategy::ipv4_only:
      return net::family_strategy::ipv4_only;
    case config::domain_strategy::ipv6_only:
      return net::family_strategy::ipv6_only;
  }
  return net::family_strategy::as_is;
}

void warn(const std::vector<std::string>& what, const std::string& where) {
  for (const auto& one : what) log::warn("{}: {}", where, one);
}

}  // namespace

net::dial_options dial_options(const config::dial& from, config::form form,
                               const std::string& where) {
  net::dial_options to;
  // What is added to a time of day must not overflow; nobody waits longer.
  to.connect_timeout = std::min<duration>(from.connect_timeout, 24h);
  to.prefer = family(from.strategy);
  if (from.fallback_delay) to.sockets.attempt_delay = *from.fallback_delay;

  auto setup = common(from.socket, form);
  error_code ignored;  // the addresses have been looked at when they were read
  if (!from.ipv4_source.empty())
    setup.source_v4 = asio::ip::make_address_v4(from.ipv4_source, ignored);
  if (!from.ipv6_source.empty())
    setup.source_v6 = asio::ip::make_address_v6(from.ipv6_source, ignored);
  setup.source_without_port = from.source_without_port && (setup.source_v4 || setup.source_v6);
  to.sockets.setup = shared(std::move(setup));
  if (!to.sockets.setup) return to;

  const auto found = net::probe_outbound(*to.sockets.setup);
  if (found.refused.value() == EPERM || found.refused.value() == EACCES)
    throw startup_error(fmt::format("{}: {}", where, found.refused.message()));
  // What is not there yet may come: a tunnel's interface, its address, a namespace.
  if (found.refused)
    log::warn("{}: {}; no connection can be made until that has changed", where,
              found.refused.message());
  warn(found.warnings, where);
  if (!to.sockets.setup->network_namespace.empty())
    to.sockets.network_space =
        std::make_shared<net::namespace_sockets>(to.sockets.setup->network_namespace);
  return to;
}

std::shared_ptr<const net::socket_setup> listen_setup(const config::inbound& from,
                                                      config::form form) {
  auto setup = shared(common(from.socket, form));
  if (setup) warn(net::probe_inbound(*setup).warnings, from.tag);
  return setup;
}

}  // namespace anytls::app
