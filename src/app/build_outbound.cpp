#include "app/build_outbound.h"

#include "app/socket_setup.h"
#include "app/startup_error.h"
#include "outbound/anytls.h"
#include "outbound/block.h"
#include "outbound/direct.h"

#include <fmt/format.h>

namespace anytls::app {
namespace {

tls::version version(config::tls_version v) {
  return v == config::tls_version::tls_1_2 ? tls::version::tls1_2 : tls::version::tls1_3;
}

std::shared_ptr<tls::client_context> client_context(const config::outbound& from) {
  tls::client_options to;
  to.server_name = from.tls.server_name.empty() ? from.server : from.tls.server_name;
  to.disable_sni = from.tls.disable_sni;
  to.insecure = from.tls.insecure;
  to.alpn = from.tls.alpn;
  if (from.tls.min_version) to.min = version(*from.tls.min_version);
  if (from.tls.max_version) to.max = version(*from.tls.max_version);
  to.certificate_pem = from.tls.certificate;
  to.certificate_path = from.tls.certificate_path;
  to.resumption = from.tls.resumption;
  to.hello = from.tls.hello == config::client_hello::plain ? tls::hello::plain : tls::hello::chrome;
  to.certificate_sha256 = from.tls.certificate_sha256;
  auto made = tls::client_context::make(to);
  if (made) return *made;
  const auto where = from.location.empty() ? from.tag : from.location;
  if (!to.certificate_path.empty())
    throw startup_error(fmt::format("{}: TLS certificate {}: {}", where, to.certificate_path,
                                    made.error().message()));
  throw startup_error(fmt::format("{}: TLS options: {}", where, made.error().message()));
}

}  // namespace

std::unique_ptr<outbound::outbound> build_outbound(const config::outbound& from, config::form form,
                                                   std::vector<asio::io_context*> threads) {
  const auto dial = [&] {
    return dial_options(from.dial, form, from.location.empty() ? from.tag : from.location);
  };
  switch (from.type) {
    case config::outbound_type::direct:
      return std::make_unique<outbound::direct>(
          from.tag, dial(), outbound::target_override{from.override_address, from.override_port});
    case config::outbound_type::block:
      return std::make_unique<outbound::block>(from.tag);
    case config::outbound_type::anytls:
      break;
  }
  outbound::anytls_options to;
  to.tag = from.tag;
  to.server = from.server;
  to.port = from.port;
  to.password = from.password;
  to.pool = from.pool;
  to.dial = dial();
  to.tls = client_context(from);
  to.words = form == config::form::mihomo ? pool::log_words::mihomo : pool::log_words::sing_box;
  return std::make_unique<outbound::anytls>(std::move(to), std::move(threads));
}

}  // namespace anytls::app
