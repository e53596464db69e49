#include "app/build_server.h"

#include "app/build_tls.h"
#include "app/startup_error.h"
#include "config/fallback_fields.h"
#include "net/dialer.h"
#include "net/public_address.h"

#include <fmt/format.h>
#include <boost/asio/ip/address_v4.hpp>

#include <arpa/inet.h>
#include <optional>

namespace anytls::app {
namespace {

// nginx's client_header_timeout, which is its deadline for a handshake.
constexpr duration handshake_deadline_of_nginx = 60s;
constexpr unsigned tickets_of_openssl = 2;

bool has_fallback(const config::inbound& from) {
  return from.fallback || !from.fallback_for_alpn.empty();
}

std::vector<std::string> alpn_of_nginx(const config::inbound& from) {
  std::vector<std::string> out(config::alpn_of_nginx.begin(), config::alpn_of_nginx.end());
  if (!from.fallback_for_alpn.contains("h2")) std::erase(out, "h2");
  return out;
}

std::shared_ptr<tls::live_server_context> server_context(const config::inbound& from) {
  auto to = server_tls(*from.tls);
  if (has_fallback(from)) {
    if (to.alpn.empty()) to.alpn = alpn_of_nginx(from);
    to.tickets = tickets_of_openssl;
  }
  auto made = tls::live_server_context::make(from.tag, to);
  if (made) return *made;
  const auto why = tls::blame(to);
  throw startup_error(
      fmt::format("{}: {}", from.tag, why.empty() ? "TLS: " + made.error().message() : why));
}

/// The address of a target that is a number, also one that is written as a name: what another
/// server resolves would go there. Nothing where it has to be looked up.
std::optional<asio::ip::address> number_of(const protocol::address& target) {
  if (target.is_ip()) return net::literal(target);
  auto name = target.domain;
  if (name.ends_with('.')) name.pop_back();
  if (const auto again = protocol::address::from_host(name, target.port); again.is_ip())
    return net::literal(again);
  in_addr v4{};  // "127.1", "0x7f000001"
  if (::inet_aton(name.c_str(), &v4) != 1) return std::nullopt;
  return asio::ip::address_v4(ntohl(v4.s_addr));
}

std::shared_ptr<const outbound::address_filter> public_only() {
  return std::make_shared<const outbound::address_filter>(
      [own = std::make_shared<net::own_addresses>()](const asio::ip::address& a) {
        return net::is_public(a) && !own->contains(a, clock::now());
      });
}

}  // namespace

std::unique_ptr<server::server> build_server(const config::inbound& from, outbound::outbound& out,
                                             std::weak_ptr<void> owner) {
  if (!from.tls) throw startup_error(fmt::format("{}: an anytls inbound needs TLS", from.tag));
  server::server_options options;
  options.tag = from.tag;
  options.owner = std::move(owner);
  for (const auto& user : from.users) options.users.emplace_back(user.name, user.password);
  if (from.padding_scheme) {
    auto scheme = protocol::padding_scheme::parse(*from.padding_scheme);
    if (!scheme)
      throw startup_error(
          fmt::format("{}: the padding scheme is invalid: it needs a line stop=NUMBER", from.tag));
    options.scheme = std::move(*scheme);
  }
  const auto& limits = from.limits;
  options.idle_session_timeout = limits.idle_session_timeout;
  options.heartbeat = limits.heartbeat;
  options.max_streams_per_user = limits.max_streams_per_user;
  options.limit_private_sources = limits.limit_private_sources;
  options.admission.pending = limits.max_pending_connections;
  options.admission.pending_per_source = limits.max_pending_connections_per_source;
  options.admission.handshakes_per_second = limits.max_handshakes_per_source;
  options.admission.failures_per_minute = limits.max_failures_per_source;

  options.proxy_protocol = from.proxy_protocol;
  options.fallback.server = from.fallback;
  options.fallback.for_alpn = {from.fallback_for_alpn.begin(), from.fallback_for_alpn.end()};
  if (has_fallback(from)) options.handshake_deadline = handshake_deadline_of_nginx;

  auto connect = [&out, allow = limits.block_private ? public_only() : nullptr](
                     const server::target_request& what,
                     asio::io_context& here) -> task<result<std::unique_ptr<endpoint>>> {
    // Also where another server dials: a number needs no resolving to be refused.
    if (allow)
      if (const auto number = number_of(what.target); number && !(*allow)(*number))
        co_return error_code(errc::blocked);
    auto attempt =
        out.begin({what.target, what.inbound_tag, what.user, what.source, true, allow}, here);
    co_return co_await attempt->open();
  };
  return std::make_unique<server::server>(std::move(options), server_context(from),
                                          std::move(connect));
}

}  // namespace anytls::app
