#include "outbound/http.h"

namespace anytls::outbound {

task<result<std::unique_ptr<proxy_codec>>> http::words(
    asio::io_context&, protocol::address target, std::shared_ptr<const address_filter>) const {
  if (!http_connect_codec::fits(target)) co_return errc::name_not_found;
  co_return std::make_unique<http_connect_codec>(with_, std::move(target));
}

}  // namespace anytls::outbound
