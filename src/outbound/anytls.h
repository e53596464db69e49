#pragma once
// Targets through an AnyTLS server: a session from the pool, or a new one, and a stream on it.

#include "net/dialer.h"
#include "outbound/outbound.h"
#include "pool/session_pool.h"
#include "tls/context.h"

namespace anytls::outbound {

struct anytls_options {
  std::string tag;
  std::string server;  ///< name or IP address, no brackets
  std::uint16_t port = 443;
  std::string password;
  pool::pool_options pool;
  net::dial_options dial;
  std::shared_ptr<tls::client_context> tls;
};

class anytls final : public outbound {
 public:
  /// `home`: the thread of the pool's checks. Must be destroyed after the threads have stopped and before their
  /// io_contexts end.
  anytls(anytls_options options, asio::io_context& home);

  const std::string& tag() const noexcept override { return options_.tag; }
  std::string describe() const override { return description_; }
  std::unique_ptr<attempt> begin(const request& what, asio::io_context& here) override;
  void shut_down() override { pool_.shut_down(); }

  pool::session_pool& pool() noexcept { return pool_; }

 private:
  task<result<std::unique_ptr<transport>>> dial(asio::io_context& here);

  const anytls_options options_;
  const std::string description_;
  const protocol::address server_;
  pool::session_pool pool_;
};

}  // namespace anytls::outbound
