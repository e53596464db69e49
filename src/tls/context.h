#pragma once
// What many TLS connections share: options, certificates, trust. One client_context per outbound,
// one server_context per inbound; each holds one SSL_CTX and may be used from all threads at once.
// The TLS library is not visible here.

#include "base/digest.h"
#include "base/result.h"
#include "tls/ech.h"
#include "tls/hello_fragments.h"
#include "tls/identity_source.h"
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

/// What a configuration allows, by the names that Go gives them. Empty = whatever is usual. The
/// order of names means nothing.
struct algorithms {
  std::vector<std::string> cipher_suites;  ///< of TLS 1.2; names of TLS 1.3 are taken and all of
                                           ///< its suites stay
  std::vector<std::string> curves;         ///< P256, P384, P521, X25519, X25519MLKEM768
};

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
  /// SHA-256 of a certificate (DER) in hex, colons and either case allowed. If it is the leaf's,
  /// that alone is enough; if it is that of another one that the server shows, the leaf must be
  /// good with that one alone trusted; else nothing helps.
  std::string certificate_sha256;
  /// SHA-256 of the leaf's public key (SubjectPublicKeyInfo, DER). If any of them matches, that
  /// alone is enough; if none does, nothing helps.
  std::vector<sha256_digest> public_keys_sha256;
  identity_source identity;  ///< shown to a server that asks; empty = none
  algorithms allowed;
  /// Later handshakes use the tickets of earlier ones: no certificate, signature or verification.
  bool resumption = true;
  ech_options ech;
  fragment_options fragment;  ///< of the ClientHello
};

/// What is verified by what, resolved once by client_context::make().
struct trust;

class client_context {
 public:
  /// errc::unreadable_file, bad_certificate_file, bad_ech_config, and of `identity` bad_key_file,
  /// key_mismatch; invalid_argument for a malformed pin, ALPN, name or algorithm, min > max, or ECH
  /// without TLS 1.3. Does not read the
  /// system's certificates: that happens with the first verification that needs them.
  static result<std::shared_ptr<client_context>> make(client_options options);

  client_context(ctx_ptr ctx, client_options options, std::unique_ptr<trust> t, bytes ech_configs);
  ~client_context();
  client_context(const client_context&) = delete;
  client_context& operator=(const client_context&) = delete;

  const client_options& options() const noexcept { return options_; }
  ssl_ctx_st* native() const noexcept { return ctx_.get(); }
  const trust& verified_by() const noexcept { return *trust_; }
  ticket_store& tickets() noexcept { return tickets_; }
  ech_client& ech() noexcept { return ech_; }

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
  ech_client ech_;
  std::atomic<bool> without_alpn_ = false;
};

/// What a server wants to see of its clients before it listens to them.
struct client_authentication {
  enum class type { no, request, require_any, verify_if_given, require_and_verify };
  type wanted = type::no;
  // For the two that verify, of these at least one. A chain must end in one of the certificates,
  // the leaf's public key must be one of the keys.
  std::string roots_pem;
  std::vector<std::string> roots_paths;
  std::vector<sha256_digest> public_keys_sha256;

  bool verifies() const noexcept {
    return wanted == type::verify_if_given || wanted == type::require_and_verify;
  }
};

struct server_options {
  std::string certificate_pem;   ///< leaf first, then its chain
  std::string certificate_path;  ///< the same from a file; used where the text is empty
  std::string key_pem;
  std::string key_path;
  std::string ech_key_pem;   ///< "ECH KEYS" as make_ech_keys() makes them; empty = no ECH
  std::string ech_key_path;  ///< the same from a file; used where the text is empty
  /// Others, chosen by the name that the client asks for. What no certificate is for is answered
  /// with the first: the one above, or where that is empty the first of these.
  std::vector<identity_source> more_identities;
  client_authentication clients;
  algorithms allowed;
  /// Of these the first one that the client offers is chosen. Empty = no ALPN, whatever the client
  /// offers. Offers without a common one fail the handshake, as with Go's library.
  std::vector<std::string> alpn;
  version min = version::tls1_2;
  version max = version::tls1_3;
  unsigned tickets = 1;  ///< right after a TLS 1.3 handshake; Go's library sends one, OpenSSL two

  std::vector<identity_source> identities() const;
  /// Every file that make() reads.
  std::vector<std::string> files() const;
};

/// For users: which certificate or key it was, and what is wrong with it. Reads the files again.
/// Empty where none of them is to blame.
std::string blame(const server_options& options);
std::string blame(const client_options& options);

class identity_set;
struct client_trust;

class server_context {
 public:
  /// errc::unreadable_file, bad_certificate_file, bad_key_file, key_mismatch, bad_ech_keys;
  /// invalid_argument for a malformed ALPN or algorithm, min > max, or clients to be verified by
  /// nothing. Files are read once, here.
  static result<std::shared_ptr<server_context>> make(server_options options);

  server_context(ctx_ptr ctx, std::vector<std::string> alpn, identity_set identities,
                 client_trust clients);
  ~server_context();
  server_context(const server_context&) = delete;
  server_context& operator=(const server_context&) = delete;

  ssl_ctx_st* native() const noexcept { return ctx_.get(); }
  const std::vector<std::string>& alpn() const noexcept { return alpn_; }
  const identity_set& identities() const noexcept { return *identities_; }
  const client_trust& clients() const noexcept { return *clients_; }

 private:
  ctx_ptr ctx_;
  std::vector<std::string> alpn_;
  std::unique_ptr<const identity_set> identities_;
  std::unique_ptr<const client_trust> clients_;
};

}  // namespace anytls::tls
