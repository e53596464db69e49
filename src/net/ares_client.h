#pragma once
// c-ares on an io_context: its sockets are watched, its timeouts are waited for, nothing blocks but
// the one reading of /etc/resolv.conf at construction. Only for resolver.cpp; no cache, no hosts
// file.

#include "base/asio.h"
#include "base/bytes.h"
#include "net/dual_lookup.h"

#include <functional>
#include <memory>
#include <string>

namespace anytls::net {

struct ares_settings {
  std::string servers;  ///< "address[:port],..."; empty = /etc/resolv.conf
  duration attempt_timeout = 2s;
  int attempts = 3;
};

class ares_client {
 public:
  using handler = std::function<void(family_answer)>;

  ares_client(asio::io_context& context, const ares_settings& settings);
  /// Ends what is pending: its handlers are called from here, with operation_aborted.
  ~ares_client();
  ares_client(const ares_client&) = delete;
  ares_client& operator=(const ares_client&) = delete;

  /// False: c-ares could not be set up (no memory, servers that cannot be read); every query would
  /// fail.
  bool ready() const noexcept;

  /// `family` is ipv4 or ipv6. The handler may be called before this returns. It may not destroy
  /// the client.
  void query(const std::string& name, address_family family, handler done);

  /// The whole answer for a record of any type; valid during the call. Otherwise as above; an
  /// existing name without such a record is errc::no_address.
  using record_handler = std::function<void(error_code, bytes_view message)>;
  void query_record(const std::string& name, int type, record_handler done);

  std::size_t pending() const noexcept;

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace anytls::net
