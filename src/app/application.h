#pragma once
// Composition: a configuration becomes threads, outbounds, inbounds and servers that run until they
// are stopped.

#include "config/model.h"
#include "inbound/proxy_inbound.h"
#include "net/host_watch.h"
#include "net/io_threads.h"
#include "net/listener.h"
#include "outbound/outbound.h"
#include "server/server.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace anytls::app {

class application {
 public:
  /// Binds every port; nothing is accepted before run(). Throws startup_error.
  application(const config::config& from, std::size_t threads);
  ~application();

  /// Until stop() or, where `handle_signals`, SIGINT or SIGTERM (a second one ends the process at
  /// once).
  void run(bool handle_signals);

  /// From any thread: stops accepting, closes what is open, ends within two seconds.
  void stop();

  /// `listening on 127.0.0.1:1080 (mixed)`, one for each inbound.
  const std::vector<std::string>& listening() const noexcept { return listening_; }
  /// The ports that were bound, in the order of the inbounds.
  const std::vector<std::uint16_t>& ports() const noexcept { return ports_; }

 private:
  void add_inbound(const config::inbound& from, std::size_t index);
  void listen(const config::inbound& from,
              std::function<void(asio::io_context&, tcp_socket)> accept);
  void stop_on_home_thread();
  void keep_house();
  void host_changed(bool slept, std::string_view why);

  const config::form form_;
  net::io_threads threads_;
  // Destroyed before the threads' contexts and after the threads have stopped (run() joins them).
  // Each after the one that it dials through.
  std::vector<std::unique_ptr<outbound::outbound>> outbounds_;
  outbound::outbound* final_ = nullptr;
  std::vector<outbound::outbound*> used_;  ///< final_, and what it dials through, in that order
  std::vector<std::unique_ptr<inbound::proxy_inbound>> proxies_;
  std::vector<std::unique_ptr<server::server>> servers_;
  std::vector<std::unique_ptr<net::listener>> listeners_;
  std::vector<std::string> listening_;
  std::vector<std::uint16_t> ports_;
  std::unique_ptr<net::host_watch> host_watch_;
  std::unique_ptr<timer> housekeeping_;
  std::unique_ptr<timer> grace_;
  bool stopping_ = false;
};

}  // namespace anytls::app
