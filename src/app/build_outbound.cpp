#include "app/build_outbound.h"

#include "app/build_tls.h"
#include "app/socket_setup.h"
#include "app/startup_error.h"
#include "outbound/anytls.h"
#include "outbound/block.h"
#include "outbound/direct.h"

#include <fmt/format.h>

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
