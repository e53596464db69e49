#pragma once
// What stands behind anytls::server. Apart from it, because the public class has the name of a
// namespace inside: no file sees both.

#include "anytls/options.h"
#include "app/public_object.h"

#include <cstdint>
#include <memory>

namespace anytls::detail {

class server_impl : public app::public_object {
 public:
  /// Listens. Throws as the constructor of anytls::server.
  static std::shared_ptr<server_impl> start(asio::io_context& io, const server_options& options);

  virtual std::uint16_t port() const noexcept = 0;
  virtual void close() = 0;
};

}  // namespace anytls::detail
