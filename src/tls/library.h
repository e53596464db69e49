#pragma once
// Private to src/tls: what BoringSSL and OpenSSL do differently, under one name each. Everything
// else calls the library directly, by what both have. What is declared here is defined in
// boringssl/ or openssl/, of which the build takes one.

#include "base/digest.h"
#include "base/result.h"

#include <openssl/crypto.h>

#ifdef OPENSSL_IS_BORINGSSL
#include "tls/boringssl/types.h"
#else
#include "tls/openssl/types.h"
#endif

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace anytls::tls {

using x509_ptr = owned<X509>;
using key_ptr = owned<EVP_PKEY>;
using store_ptr = owned<X509_STORE>;

// ---- contexts and connections

/// What all contexts have in common: null = no memory.
SSL_CTX* new_context();

/// Null = no memory. Its handshake is the only one that it will ever make.
SSL* new_connection(SSL_CTX* of);

void free_connection(SSL* ssl) noexcept;

/// After a server's handshake: its tickets leave now, if they have not left with it.
void send_tickets(SSL& ssl);

/// `names`: as IANA has them, of TLS 1.2. False = one is unknown to the library.
bool allow_suites(SSL_CTX* on, std::span<const std::string_view> names);
/// `names`: as a configuration has them (P256), best first. False = one is unknown to the library.
bool allow_groups(SSL_CTX* on, std::span<const std::string_view> names);

/// What the reason of a handshake's failure means, where it is no alert of the peer: one of
/// errc::tls_*, client_certificate_required, ech_rejected, bad_ech_config (no configuration that
/// can be used); no error where it has no name of its own.
error_code meaning_of(int reason) noexcept;

// ---- what the peer shows

/// From now on what peers of `on` show is for `by` to judge: verifier<judge>.
void set_verifier(SSL_CTX* on, int mode, verifier_function by);

/// Null where the peer has shown nothing. Leaf first.
const chain* shown_by_peer(const SSL& ssl);

std::size_t length(const chain& of) noexcept;
/// Of the leaf's DER. `of` is not empty.
sha256_digest leaf_digest(const chain& of);
/// Null where it is no certificate. `of` is not empty.
x509_ptr leaf(const chain& of);
/// Null where one is no certificate.
owned<STACK_OF(X509)> certificates(const chain& of);

/// A chain is good only where its keys and digests are what this system's programs ask for.
void demand_strength(X509_VERIFY_PARAM& of);

/// The certificate that the server of a session has shown; null where there is none.
x509_ptr leaf(const SSL_SESSION& of);

/// Since 1970; nullopt for what is no time.
std::optional<std::int64_t> posix_seconds(const ASN1_TIME& time);

// ---- what we show

/// Null for a kind of key that TLS has no use for. `certificates`: leaf first, not empty.
credential_ptr make_credential(const std::vector<x509_ptr>& certificates, EVP_PKEY& key);

/// All connections of `by` show it. False = no memory.
bool show(SSL_CTX* by, credential& what);
/// This one shows the first that its peer has a use for. False = no memory.
bool show(SSL* by, std::span<credential* const> what);

/// A server that has several: `choose`, which calls show(), is asked in each handshake as soon as
/// SSL_get_servername() tells the name. False of it ends the handshake.
using chooser = bool (*)(SSL* ssl);
void set_chooser(SSL_CTX* of, chooser choose);

}  // namespace anytls::tls
