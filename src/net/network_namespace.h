#pragma once
// Sockets of other network namespaces. A socket belongs to the namespace of the thread that makes
// it and may then be used anywhere; so a thread of its own goes there, never one that does I/O.

#include "base/asio.h"
#include "base/result.h"

#include <functional>
#include <memory>
#include <string>

namespace anytls::net {

/// Runs `work` inside and waits for it: for starting up. Not called, and an error that names the
/// namespace, where it cannot be entered (there is none, or CAP_SYS_ADMIN is missing).
error_code run_in_namespace(const std::string& name_or_path, const std::function<void()>& work);

/// Makes the sockets of one namespace on a thread that starts with the first of them.
class namespace_sockets {
 public:
  using handler = std::function<void(result<tcp_socket>)>;

  explicit namespace_sockets(std::string name_or_path);
  /// Waits for the thread. Handlers that have not been called by then get an error.
  ~namespace_sockets();
  namespace_sockets(const namespace_sockets&) = delete;

  /// Any thread; does not block. `done` is called by `context`, never from in here; not at all
  /// where that ends first. The namespace is looked up by name again for each socket: it may have
  /// been made anew.
  void open(asio::io_context& context, const tcp& protocol, bool multi_path, handler done);

 private:
  class maker;
  std::unique_ptr<maker> maker_;
};

}  // namespace anytls::net
