#pragma once
// Private to src/tls: the ClientHello of Chrome, by the features of the library that Chrome itself
// is built with. Nothing is written by hand, so whatever is offered is also understood when a
// server takes it up. As of Chromium 156; test/browser compares it with an installed one. On
// OpenSSL, which has none of these features, Chrome's ALPN is all that there is of it.

#include <openssl/ssl.h>

#include <string>
#include <vector>

namespace anytls::tls::chrome {

/// What Chrome offers where nobody asks for something else.
inline const std::vector<std::string> alpn{"h2", "http/1.1"};

/// For all connections of a context. What a user has configured beside it is set afterwards, and
/// wins. False = no memory.
bool prepare(SSL_CTX& ctx);

/// For what the library knows of one connection only; before its handshake. ECH that is configured
/// on `ssl` takes the place of the one that only looks like it. `h2` = it is among the ALPN.
bool prepare(SSL& ssl, bool h2);

}  // namespace anytls::tls::chrome
