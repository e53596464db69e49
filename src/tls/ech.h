#pragma once
// Encrypted ClientHello (RFC 9849): the server name of a handshake is encrypted for a key that the
// server has published, an "ECH configuration"; in the clear goes that configuration's public name.
//
// Flow of a client: offer() before each handshake -> accepted, or rejected(): the server, shown to
// be that of the public name, says what it takes now -> the next offer() is that.

#include "base/bytes.h"
#include "base/result.h"

#include <mutex>
#include <string>
#include <string_view>

struct ssl_st;

namespace anytls::tls {

struct ech_options {
  bool enabled = false;
  /// PEM "ECH CONFIGS", or the base64 within. Empty, with `config_path` empty too: it is looked up
  /// for each connection and given to stream::connect().
  std::string config;
  std::string config_path;  ///< the same from a file; used where the text is empty
};

/// The ECHConfigList that `options` name; empty where it is to be looked up, or ECH is off.
/// errc::unreadable_file, bad_ech_config; ech_unavailable where the TLS library has none of it.
result<bytes> read_ech_options(const ech_options& options);

struct ech_key_pair {
  std::string configs_pem;  ///< "ECH CONFIGS": for clients, and for the HTTPS record in DNS
  std::string keys_pem;     ///< "ECH KEYS": for the server, to be kept secret
};

/// A new X25519 key. invalid_argument for what cannot be a public name (RFC 9849, section 4),
/// errc::ech_unavailable where the TLS library has none of it.
result<ech_key_pair> make_ech_keys(const std::string& public_name);

/// What a client knows of its server's configurations. Usable from all threads.
class ech_client {
 public:
  ech_client(bool enabled, bytes configured)
      : enabled_(enabled), configured_(std::move(configured)) {}

  /// offer() needs a list that was looked up.
  bool needs_lookup() const noexcept { return enabled_ && configured_.empty(); }

  /// Makes the handshake that begins use ECH, and fail where it cannot. Nothing where ECH is off.
  /// errc::ech_no_config, errc::bad_ech_config.
  error_code offer(ssl_st& ssl, bytes_view looked_up);

  /// After a handshake that the server ended so: remembers what the server has said instead.
  /// errc::ech_rejected: connect again; errc::ech_disabled: it has said nothing.
  error_code rejected(const ssl_st& ssl);

  /// After a list without a configuration that this side understands. errc::bad_ech_config.
  error_code unusable();

 private:
  const bool enabled_;
  const bytes configured_;
  std::mutex mutex_;
  bytes published_;  // what was offered first: configured, or looked up
  bytes retry_;      // what the server wants instead of that; empty = it has not said
};

}  // namespace anytls::tls
