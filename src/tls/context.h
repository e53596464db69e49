#pragma once
// What many TLS connections share: options, certificates, trust. One client_context per outbound,
// one server_context per inbound; each holds one SSL_CTX and may be used from all threads at once.
// The TLS library is not visible here.

#include "base/result.h"
#include "tls/ticket_store.h"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

struct ssl_ctx_st;

namespace anytls::tls {

enum class version { tls1_2, tls1_3 };

/// Whose ClientHello it is: Chrome's, or what the library sends when nobody asks for anything.
enum class hello { chrome, plain };

/// Of one connection: the context's ALPN, or none.
enum class offer_alpn { yes, no };

struct ctx_deleter {
  void operator()(ssl_ctx_st* ctx) const noexcept;
};
using ctx_ptr = std::unique_ptr<ssl_ctx_st, ctx_deleter>;

struct client_options {
  /// SNI, and the name that the certificate must carry. An IP literal (brackets allowed) sends no
  /// SNI and is looked for among the certificate's IP addresses. Empty = no SNI, and verification
  /// fails unless pinned or insecure.
  std::string server_name;
  bool disable_sni = false;  ///< send none; the name is verified all the same
  bool insecure = false;     ///< accept any certificate (a pin is checked all the same)
  tls::hello hello = tls::hello::chrome;
  /// Offered in this order; empty = what Chrome offers, or no ALPN with the plain hello.
  std::vector<std::string> alpn;
  version min = version::tls1_2;
  version max = version::tls1_3;
  std::string certificate_pem;   ///< trust anchors instead of the system's store
  std::string certificate_path;  ///< the same from a file; read once, by make()
  /// SHA-256 of the leaf certificate (DER) in hex, colons and either case allowed. If it matches,
  /// that alone is enough; if not, nothing helps.
  std::string certificate_sha256;
  /// Later handshakes use the tickets of earlier ones: no certificate, signature or verification.
  bool resumption = true;
};

/// What is verified by what, resolved once by client_context::make().
struct trust;

class client_context {
 public:
  /// errc::unreadable_file, errc::bad_certificate_file; invalid_argument for a malformed pin, ALPN
  /// or name, or min > max. Does not read the system's certificates: that happens with the first
  /// verification that needs them.
  static result<std::shared_ptr<client_context>> make(client_options options);

  client_context(ctx_ptr ctx, client_options options, std::unique_ptr<trust> t);
  ~client_context();
  client_context(const client_context&) = delete;
  client_context& operator=(const client_context&) = delete;

  const client_options& options() const noexcept { return options_; }
  ssl_ctx_st* native() const noexcept { return ctx_.get(); }
  const trust& verified_by() const noexcept { return *trust_; }
  ticket_store& tickets() noexcept { return tickets_; }

  bool offers_h2() const noexcept;

  /// Chrome's ALPN is offered though nobody has asked for it. A server with a list of its own, and
  /// nothing of Chrome's in it, would take the connection without.
  bool guesses_alpn() const noexcept {
    return options_.hello == hello::chrome && options_.alpn.empty() && !without_alpn();
  }
  /// Offers none from now on. False if that was so already.
  bool leave_alpn_out() noexcept { return !without_alpn_.exchange(true); }
  bool without_alpn() const noexcept { return without_alpn_.load(std::memory_order_relaxed); }

 private:
  ctx_ptr ctx_;
  client_options options_;
  std::unique_ptr<trust> trust_;
  ticket_store tickets_;
  std::atomic<bool> without_alpn_ = false;
};

struct server_options {
  std::string certificate_pem;   ///< leaf first, then its chain
  std::string certificate_path;  ///< the same from a file; used where the text is empty
  std::string key_pem;
  std::string key_path;
  /// Of these the first one that the client offers is chosen. Empty = no ALPN, whatever the client
  /// offers. Offers without a common one fail the handshake, as with Go's library.
  std::vector<std::string> alpn;
  version min = version::tls1_2;
  version max = version::tls1_3;
};

class server_context {
 public:
  /// errc::unreadable_file, bad_certificate_file, bad_key_file, key_mismatch; invalid_argument for
  /// a malformed ALPN or min > max. Files are read once, here.
  static result<std::shared_ptr<server_context>> make(server_options options);

  server_context(ctx_ptr ctx, std::vector<std::string> alpn);
  ~server_context();
  server_context(const server_context&) = delete;
  server_context& operator=(const server_context&) = delete;

  ssl_ctx_st* native() const noexcept { return ctx_.get(); }
  const std::vector<std::string>& alpn() const noexcept { return alpn_; }

 private:
  ctx_ptr ctx_;
  std::vector<std::string> alpn_;
};

}  // namespace anytls::tls
