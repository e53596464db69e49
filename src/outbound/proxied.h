#pragma once
// Targets through a proxy that is asked for each of them on a connection of its own: what socks and
// http have in common.

#include "outbound/hop.h"
#include "outbound/proxy_codec.h"
#include "tls/context.h"

#include <memory>
#include <string>

namespace anytls::outbound {

struct proxied_options {
  std::string tag;
  std::string server;  ///< name or IP address, no brackets
  std::uint16_t port = 0;
  way by;  ///< its connect_timeout is for everything: reaching the proxy, and its answer
  std::shared_ptr<tls::client_context>
      tls;  ///< the proxy is spoken with over TLS; null = it is not
  tls::offer_alpn alpn = tls::offer_alpn::yes;
};

class proxied : public outbound {
 public:
  explicit proxied(proxied_options options);

  const std::string& tag() const noexcept override { return options_.tag; }
  std::string describe() const override { return description_; }
  /// Opening fails with what hop and negotiate() say.
  std::unique_ptr<attempt> begin(const request& what, asio::io_context& here) override;
  void shut_down() override {}

 protected:
  /// What to say to the proxy for `target`, or why nothing can be said. `allow` (null = every one)
  /// judges an address that is looked up here.
  virtual task<result<std::unique_ptr<proxy_codec>>> words(
      asio::io_context& here, protocol::address target,
      std::shared_ptr<const address_filter> allow) const = 0;

 private:
  class proxied_attempt;

  const proxied_options options_;
  const std::string description_;
};

}  // namespace anytls::outbound
