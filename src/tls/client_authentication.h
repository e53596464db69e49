#pragma once
// Private to src/tls: certificates of clients, from both sides.

#include "base/digest.h"
#include "tls/context.h"
#include "tls/library.h"

#include <openssl/ssl.h>

#include <vector>

namespace anytls::tls {

/// What a server wants of its clients, resolved once by server_context::make().
struct client_trust {
  store_ptr anchors;                ///< null = no chain is looked at
  std::vector<sha256_digest> keys;  ///< of the leaf, any of them; empty = not looked at
};

/// Connections of `on` ask as `how` says, and put what they are shown before `by`, which calls
/// verify_client(). Reads the files. errc::unreadable_file, bad_certificate_file; invalid_argument
/// where there is something to verify and nothing to verify it by.
result<client_trust> ask_clients(const client_authentication& how, verifier_function by,
                                 SSL_CTX* on);

/// Ok, or errc::client_certificate_*. `shown` as the client sent it, leaf first, not empty.
error_code verify_client(const client_trust& by, const chain* shown);

/// A client's context: remembers in each connection whether its server has asked for a certificate.
void notice_questions(SSL_CTX* of);

/// A client: what a fatal alert (the library's reason) says about its certificate; no error where
/// it is about something else. `shown`: it has one to show.
error_code certificate_alert(const SSL* ssl, int reason, bool shown);

}  // namespace anytls::tls
