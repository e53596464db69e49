#pragma once
// Targets through an HTTP proxy: CONNECT for each of them, whatever port they have.

#include "outbound/http_connect_codec.h"
#include "outbound/proxied.h"

namespace anytls::outbound {

class http final : public proxied {
 public:
  http(proxied_options options, http_proxy_options with)
      : proxied(std::move(options)), with_(std::move(with)) {}

 private:
  task<result<std::unique_ptr<proxy_codec>>> words(
      asio::io_context& here, protocol::address target,
      std::shared_ptr<const address_filter> allow) const override;

  const http_proxy_options with_;
};

}  // namespace anytls::outbound
