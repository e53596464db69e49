#pragma once
// Targets through a SOCKS proxy: 4, 4a or 5. Names are the proxy's to resolve, but for SOCKS 4,
// which knows none.

#include "outbound/proxied.h"
#include "outbound/socks_client_codec.h"

namespace anytls::outbound {

class socks final : public proxied {
 public:
  socks(proxied_options options, socks_version version, socks_login login)
      : proxied(std::move(options)), version_(version), login_(std::move(login)) {}

 private:
  task<result<std::unique_ptr<proxy_codec>>> words(
      asio::io_context& here, protocol::address target,
      std::shared_ptr<const address_filter> allow) const override;

  const socks_version version_;
  const socks_login login_;
};

}  // namespace anytls::outbound
