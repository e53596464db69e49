#pragma once
// Accepts TCP connections, whatever happens: errors of accept() are counted, backed off from and
// survived.

#include "base/asio.h"
#include "base/result.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace anytls::net {

class io_threads;
struct socket_setup;

struct listener_options {
  int backlog = 4096;  ///< the kernel cuts it to net.core.somaxconn
  bool reuse_port =
      false;  ///< others of this process will listen on the same port (see listen_on_all)
  std::shared_ptr<const socket_setup> setup;  ///< null = nothing is asked for. With reuse_address
                                              ///< the port may be somebody else's, too
  bool join = false;  ///< with reuse_port: a listener of ours holds the port, so do not check that
                      ///< it is free
};

/// Belongs to the thread of its io_context; make() and start() may also be called before that runs.
class listener {
 public:
  using accept_handler = std::function<void(tcp_socket)>;

  /// May be read from any thread.
  struct counters {
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> no_descriptors{0};  ///< EMFILE, ENFILE: the limit of open files
    std::atomic<std::uint64_t> no_memory{0};       ///< ENOBUFS, ENOMEM
    std::atomic<std::uint64_t> aborted{
        0};  ///< gone before they were accepted (ECONNABORTED and the like)
    std::atomic<std::uint64_t> failed{0};  ///< anything else
  };

  /// Binds and listens; connections are taken from start() on. `::` takes both families, and is
  /// 0.0.0.0 on a host without IPv6. Errors are the system's (address_in_use, access_denied,
  /// address_not_available ...). SO_REUSEPORT would let a second process of the same user share the
  /// port without a word; so with reuse_port the port is first bound without it, which fails where
  /// anybody listens there. Between that and the real bind another process may still slip in.
  static result<std::unique_ptr<listener>> make(asio::io_context& context,
                                                const tcp::endpoint& where,
                                                listener_options options = {});
  ~listener();
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  /// From now on `on_accept` gets each connection: TCP_NODELAY, keepalive, non-blocking,
  /// close-on-exec. An exception out of it is logged and costs that connection only. Once.
  void start(accept_handler on_accept);

  /// Stops accepting and closes the port. `on_accept` is not called again. Idempotent.
  void stop() noexcept;

  /// With the port that the kernel chose, where 0 was asked for. Still known after stop().
  tcp::endpoint local_endpoint() const noexcept;
  const counters& count() const noexcept;

 private:
  struct state;
  explicit listener(std::shared_ptr<state> s) : state_(std::move(s)) {}
  std::shared_ptr<state> state_;  ///< shared with the accept loop, which ends after stop()
};

/// Text of a configuration to an endpoint: numeric (IPv6 also in brackets), `localhost` or a name
/// of /etc/hosts; empty or `*` = `::`. A name that has both families is its IPv4 address, which is
/// what clients of a local proxy are told to use. errc::name_not_found otherwise: a listener does
/// not wait for DNS.
result<tcp::endpoint> listen_endpoint(std::string_view host, std::uint16_t port);

/// One listener per thread on the same port; the kernel spreads connections over them. With port 0
/// all get the port that the first one got. All or none.
result<std::vector<std::unique_ptr<listener>>> listen_on_all(io_threads& threads,
                                                             const tcp::endpoint& where,
                                                             listener_options options = {});

}  // namespace anytls::net
