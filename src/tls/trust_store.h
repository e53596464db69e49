#pragma once
// Private to src/tls: the certificates that the system trusts.

#include "tls/pem.h"

namespace anytls::tls {

/// One store for the whole process, made when first asked for. Where the system has a directory of
/// certificates named by hash (Debian's /etc/ssl/certs), only those that are needed are ever read:
/// a few KiB instead of a few MiB. SSL_CERT_FILE and SSL_CERT_DIR (colon separated) replace the
/// usual places. Thread-safe. Never null; empty (and one warning in the log) where nothing was
/// found.
X509_STORE* system_trust();

/// The same as a store of its own; null where nothing was found.
store_ptr load_system_trust();

/// A store of exactly these. Any of them ends a chain, be it a root, an intermediate or the
/// server's own certificate.
store_ptr store_of(const std::vector<x509_ptr>& anchors);

}  // namespace anytls::tls
