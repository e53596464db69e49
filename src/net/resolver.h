#pragma once
// Names to addresses, without a thread and without blocking: c-ares on the caller's io_context, a
// cache, /etc/hosts.
//
// Flow: numeric host -> itself; /etc/hosts and localhost; cache; a running query for the same name
// is joined; else A and AAAA are asked at once. When one family has answered, the other is given a
// little longer (RFC 8305 section 3's Resolution Delay) and is left out if it stays silent, so that
// a DNS server that drops AAAA costs 50 ms and not 6 s.

#include "base/asio.h"
#include "base/bytes.h"
#include "base/result.h"
#include "net/name_cache.h"

#include <memory>
#include <string>

namespace anytls::net {

struct resolver_options {
  std::string servers;                    ///< "address[:port],..."; empty = /etc/resolv.conf
  std::string hosts_path = "/etc/hosts";  ///< empty = only localhost is known without a query
  duration attempt_timeout = 2s;          ///< for a server to answer; grows from try to try
  int attempts = 3;                       ///< a server is asked this often
  std::size_t cache_size = 1024;          ///< names; 0 = no cache
  std::size_t max_queries = 4096;         ///< names being asked for at once; more fail at once
};

/// Belongs to the thread of its io_context. May be destroyed while look-ups wait: they end with
/// operation_aborted.
class resolver {
 public:
  explicit resolver(asio::io_context& context, resolver_options options = {});
  ~resolver();
  resolver(const resolver&) = delete;
  resolver& operator=(const resolver&) = delete;

  /// Addresses in the server's order, IPv6 first; never empty. `timeout` bounds this call only: the
  /// query goes on for the cache. Errors: errc::name_not_found, errc::no_address (the name has none
  /// of this family), errc::name_resolution_failed (the server failed or did not answer in time),
  /// operation_aborted. IPv6 in brackets is accepted. What is known is returned without suspending.
  task<result<addresses>> resolve(std::string name, address_family family, duration timeout);

  /// Without a query: numeric, localhost and /etc/hosts only. errc::name_not_found for all else.
  result<addresses> resolve_locally(const std::string& name, address_family family);

  /// What the HTTPS record of `name` says about Encrypted ClientHello: an ECHConfigList, not looked
  /// into; empty where DNS has none. Always asked in DNS, whatever /etc/hosts says. Errors:
  /// errc::name_resolution_failed, operation_aborted; errc::name_not_found for what is no name.
  task<result<bytes>> ech_configs(std::string name, duration timeout);

  void clear_cache();

  struct counters {
    std::uint64_t lookups = 0;  ///< calls of resolve() with a name
    std::uint64_t cached = 0;   ///< answered by the cache
    std::uint64_t joined = 0;   ///< joined a running query
    std::uint64_t failed = 0;   ///< ended in an error
  };
  const counters& count() const noexcept;

 private:
  class impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace anytls::net
