#include "app/build_outbound.h"

#include "app/build_tls.h"
#include "app/socket_setup.h"
#include "app/startup_error.h"
#include "config/ech_fields.h"
#include "outbound/anytls.h"
#include "outbound/block.h"
#include "outbound/direct.h"
#include "outbound/http.h"
#include "outbound/socks.h"

#include <fmt/format.h>

#include <string_view>
#include <unordered_map>

namespace anytls::app {
namespace {

std::shared_ptr<tls::client_context> client_context(const config::outbound& from) {
  const auto to = client_tls(from.tls, from.server);
  auto made = tls::client_context::make(to);
  if (made) return *made;
  const auto where = from.location.empty() ? from.tag : from.location;
  const auto why = tls::blame(to);
  throw startup_error(
      fmt::format("{}: {}", where, why.empty() ? "TLS options: " + made.error().message() : why));
}

outbound::proxied_options proxied_options(config::outbound from, outbound::way by) {
  outbound::proxied_options to{from.tag, from.server, from.port, std::move(by), nullptr, {}};
  if (!from.tls.enabled) return to;
  // What a browser offers would let the proxy choose HTTP/2, which is not spoken here.
  if (from.tls.alpn.empty() && from.type == config::outbound_type::http)
    from.tls.alpn = {"http/1.1"};
  to.alpn = from.tls.alpn.empty() ? tls::offer_alpn::no : tls::offer_alpn::yes;
  to.tls = client_context(from);
  return to;
}

outbound::socks_version socks_version(config::socks_version v) {
  switch (v) {
    case config::socks_version::v4:
      return outbound::socks_version::v4;
    case config::socks_version::v4a:
      return outbound::socks_version::v4a;
    case config::socks_version::v5:
      break;
  }
  return outbound::socks_version::v5;
}

std::unique_ptr<outbound::outbound> build_anytls(const config::outbound& from, config::form form,
                                                 std::vector<asio::io_context*> threads,
                                                 outbound::way by) {
  outbound::anytls_options to;
  to.tag = from.tag;
  to.server = from.server;
  to.port = from.port;
  to.password = from.password;
  to.pool = from.pool;
  to.dial = std::move(by.dial);
  to.through = by.through;
  to.tls = client_context(from);
  to.ech_name = config::ech_name(from.tls, from.server);
  to.words = form == config::form::mihomo ? pool::log_words::mihomo : pool::log_words::sing_box;
  return std::make_unique<outbound::anytls>(std::move(to), std::move(threads));
}

}  // namespace

std::unique_ptr<outbound::outbound> build_outbound(const config::outbound& from, config::form form,
                                                   std::vector<asio::io_context*> threads,
                                                   outbound::outbound* through) {
  outbound::way by{{}, through};
  // Beside a detour nothing is asked of sockets.
  by.dial.connect_timeout = from.dial.connect_timeout;
  if (!through && from.type != config::outbound_type::block)
    by.dial = dial_options(from.dial, form, from.location.empty() ? from.tag : from.location);
  switch (from.type) {
    case config::outbound_type::direct:
      return std::make_unique<outbound::direct>(
          from.tag, std::move(by.dial),
          outbound::target_override{from.override_address, from.override_port}, through);
    case config::outbound_type::block:
      return std::make_unique<outbound::block>(from.tag);
    case config::outbound_type::socks:
      return std::make_unique<outbound::socks>(
          proxied_options(from, std::move(by)), socks_version(from.proxy.version),
          outbound::socks_login{from.proxy.username, from.password});
    case config::outbound_type::http:
      return std::make_unique<outbound::http>(
          proxied_options(from, std::move(by)),
          outbound::http_proxy_options{from.proxy.username, from.password, from.proxy.path,
                                       from.proxy.headers});
    case config::outbound_type::anytls:
      break;
  }
  return build_anytls(from, form, std::move(threads), std::move(by));
}

std::vector<std::unique_ptr<outbound::outbound>> build_outbounds(
    const config::config& from, const std::vector<asio::io_context*>& threads) {
  std::vector<std::unique_ptr<outbound::outbound>> made;
  std::unordered_map<std::string_view, outbound::outbound*> by_tag;
  // Each round makes those whose detour is there. No way leads back to itself (config/detour.h).
  while (by_tag.size() < from.outbounds.size()) {
    const auto before = made.size();
    for (const auto& one : from.outbounds) {
      if (by_tag.contains(one.tag)) continue;
      const auto through = by_tag.find(one.dial.detour);
      if (!one.dial.detour.empty() && through == by_tag.end()) continue;
      made.push_back(build_outbound(one, from.form, threads,
                                    through == by_tag.end() ? nullptr : through->second));
      by_tag.emplace(one.tag, made.back().get());
    }
    if (made.size() == before)
      throw startup_error("an outbound leads through one that is not there");
  }
  return made;
}

}  // namespace anytls::app
