#pragma once
// The tickets that a client has been given: each lets one later handshake with the same server do
// without certificate, signature and verification (RFC 8446, 2.2). One store per client_context,
// so a ticket never leaves the server name, the trust and the options under which it was earned.
//
// Flow: a connection receives a ticket -> put(); the next handshake -> take().

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>

struct ssl_session_st;

namespace anytls::tls {

struct session_deleter {
  void operator()(ssl_session_st* session) const noexcept;
};
using session_ptr = std::unique_ptr<ssl_session_st, session_deleter>;

/// Usable from all threads. Handshakes lock it, and whoever is given a ticket; data does not.
class ticket_store {
 public:
  /// A pool that opens several connections at once has use for as many. The oldest goes first.
  static constexpr std::size_t most = 32;

  using time = std::chrono::system_clock::time_point;

  /// `until`: when the certificate that was verified ends; a resumed handshake does not look.
  void put(session_ptr ticket, time until);

  /// The newest that is still good; null if there is none. A ticket of TLS 1.3 is taken out: used
  /// twice, it would let an observer see that both connections are one client's.
  session_ptr take(time now = std::chrono::system_clock::now());

  /// After a handshake that failed: whatever was wrong, the next one asks for nothing special.
  void clear();

  std::size_t size() const;

 private:
  struct entry {
    session_ptr ticket;
    time until;
  };

  mutable std::mutex mutex_;
  std::deque<entry> entries_;
};

/// When the certificate that this session's server has shown ends; the epoch if it cannot be read.
ticket_store::time certificate_end(const ssl_session_st& session);

}  // namespace anytls::tls
