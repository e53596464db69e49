#pragma once
// Targets through an AnyTLS server: a session from the pool, or a new one, and a stream on it.

#include "net/host_watch.h"
#include "net/route_lookup.h"
#include "outbound/hop.h"
#include "pool/session_pool.h"
#include "tls/context.h"

#include <atomic>
#include <mutex>
#include <vector>

namespace anytls::outbound {

struct anytls_options {
  std::string tag;
  std::string server;  ///< name or IP address, no brackets
  std::uint16_t port = 443;
  std::string password;
  pool::pool_options pool;
  pool::log_words words = pool::log_words::sing_box;
  net::dial_options dial;       ///< with `through` only connect_timeout counts
  outbound* through = nullptr;  ///< makes the connections; outlives this
  std::shared_ptr<tls::client_context> tls;
  std::string ech_name;  ///< whose HTTPS record is asked for where tls->ech().needs_lookup()
};

class anytls final : public outbound {
 public:
  /// `threads`: all that will call begin(), and on which sessions may be made ahead of use. Must be
  /// destroyed after they have stopped and before their io_contexts end.
  anytls(anytls_options options, std::vector<asio::io_context*> threads);
  anytls(anytls_options options, asio::io_context& only)
      : anytls(std::move(options), std::vector{&only}) {}

  /// Begins to keep the pool warm. Once.
  void start() override { pool_.start(); }

  const std::string& tag() const noexcept override { return options_.tag; }
  std::string describe() const override { return description_; }
  std::unique_ptr<attempt> begin(const request& what, asio::io_context& here) override;
  void shut_down() override { pool_.shut_down(); }
  void host_changed(bool slept, std::string_view why) override;
  std::uint64_t ways_taken() const noexcept override {
    return ways_taken_.load(std::memory_order_relaxed);
  }

  pool::session_pool& pool() noexcept { return pool_; }

 private:
  task<result<std::unique_ptr<transport>>> dial(asio::io_context& here, duration within);
  task<result<bytes>> look_up_ech(asio::io_context& here, duration within);
  /// Once more where the server wants another ECH configuration.
  task<result<std::unique_ptr<transport>>> connect(asio::io_context& here, duration within,
                                                   tls::offer_alpn alpn);
  /// With or without TCP Fast Open, as it goes.
  task<result<std::unique_ptr<transport>>> connect_with(asio::io_context& here, duration within,
                                                        tls::offer_alpn alpn, bytes ech_configs);
  /// One connection. `lost`, where given: a connection that was to begin with the ClientHello never
  /// was one.
  task<result<std::unique_ptr<transport>>> dial_once(asio::io_context& here, net::dial_options how,
                                                     tls::offer_alpn alpn, bytes ech_configs,
                                                     bool* lost);

  /// The same over a connection that another outbound makes.
  task<result<std::unique_ptr<transport>>> dial_through(asio::io_context& here, duration within,
                                                        tls::offer_alpn alpn, bytes ech_configs);

  void remember_route(const asio::ip::address& to);
  void notice_sleep();

  const anytls_options options_;
  const std::shared_ptr<const net::socket_setup>
      without_fast_open_;  ///< null = it is not asked for
  const net::route_choice route_choice_;
  const bool elsewhere_;  ///< in another network namespace, whose routes are not watched
  const std::string description_;
  const protocol::address server_;
  const way through_;
  pool::session_pool pool_;

  std::atomic<time_point> fast_open_again_{time_point{}};
  std::atomic<duration> asleep_ = net::time_asleep();
  std::mutex mutex_;                                              // guards the next two
  std::vector<std::pair<asio::ip::address, net::route>> routes_;  ///< to where sessions went
  std::uint64_t below_ = 0;  ///< ways that the outbound below had taken at the last look
  std::atomic<std::uint64_t> ways_taken_{0};
};

}  // namespace anytls::outbound
