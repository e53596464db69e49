#include "app/public_options.h"

#include "protocol/uri.h"
#include "tls/certificate.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace anytls {
namespace app {
namespace {

constexpr std::chrono::milliseconds longest = std::chrono::hours(24 * 3650);

[[noreturn]] void refuse(std::string_view sentence) {
  throw std::invalid_argument(std::string(sentence));
}

duration checked(std::chrono::milliseconds value, const char* name, bool zero_allowed) {
  if (value < std::chrono::milliseconds(zero_allowed ? 0 : 1) || value > longest)
    refuse(fmt::format("{} must be {} and at most ten years", name,
                       zero_allowed ? "0 or more" : "more than 0"));
  return value;
}

std::string checked_fingerprint(const std::string& text) {
  std::string out;
  for (const char c : text)
    if (c != ':') out += static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
  const bool hex = out.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!out.empty() && (!hex || out.size() != 64))
    refuse("certificate_sha256 must be the 64 hex digits of a SHA-256 fingerprint");
  return out;
}

tls::hello hello_of(const std::string& name) {
  if (name == "none") return tls::hello::plain;
  if (!name.empty() && name != "chrome") refuse("client_fingerprint must be chrome or none");
  return tls::hello::chrome;
}

std::shared_ptr<tls::client_context> client_tls(const client_options& from) {
  tls::client_options to;
  to.server_name = from.server_name.empty() ? from.server : from.server_name;
  to.insecure = from.insecure;
  to.alpn = from.alpn;
  to.certificate_pem = from.certificate;
  to.certificate_path = from.certificate_path;
  to.certificate_sha256 = checked_fingerprint(from.certificate_sha256);
  to.hello = hello_of(from.client_fingerprint);
  auto made = tls::client_context::make(std::move(to));
  if (made) return *made;
  if (from.certificate_path.empty())
    refuse(fmt::format("certificate, server_name or alpn: {}", made.error().message()));
  refuse(fmt::format("certificate_path: {}: {}", from.certificate_path, made.error().message()));
}

}  // namespace

outbound::anytls_options to_outbound(const client_options& from) {
  if (from.server.empty()) refuse("server is missing: write the server's name or address");
  if (from.port == 0) refuse("port must not be 0");
  if (from.password.empty()) refuse("password is missing");
  outbound::anytls_options to;
  to.tag = "anytls-out";
  to.server = from.server;
  to.port = from.port;
  to.password = from.password;
  to.dial.connect_timeout = checked(from.connect_timeout, "connect_timeout", false);
  auto& pool = to.pool;
  pool.idle_session_check_interval =
      checked(from.idle_session_check_interval, "idle_session_check_interval", false);
  pool.idle_session_timeout = checked(from.idle_session_timeout, "idle_session_timeout", false);
  pool.min_idle_session = from.min_idle_session;
  pool.disable_reuse = from.disable_reuse;
  pool.half_close_timeout = checked(from.half_close_timeout, "half_close_timeout", true);
  pool.client = from.client;
  pool.ensure_idle_session = from.ensure_idle_session;
  pool.ensure_idle_session_create_rate = from.ensure_idle_session_create_rate;
  pool.max_connection_lifetime =
      checked(from.max_connection_lifetime, "max_connection_lifetime", true);
  pool.connection_lifetime_jitter =
      checked(from.connection_lifetime_jitter, "connection_lifetime_jitter", true);
  pool.min_idle_session_for_age = from.min_idle_session_for_age;
  pool.heartbeat = checked(from.heartbeat, "heartbeat", true);
  to.tls = client_tls(from);
  return to;
}

config::inbound to_inbound(const server_options& from) {
  if (from.users.empty()) refuse("users is missing: nobody could connect");
  if (std::any_of(from.users.begin(), from.users.end(),
                  [](const auto& one) { return one.password.empty(); }))
    refuse("a user has no password");
  if (from.certificate.empty() && from.certificate_path.empty())
    refuse("certificate or certificate_path is missing; make_self_signed_certificate() makes one");
  if (from.key.empty() && from.key_path.empty()) refuse("key or key_path is missing");
  config::inbound to;
  to.tag = "anytls-in";
  to.type = config::inbound_type::anytls;
  to.location = "server_options";
  to.listen = from.listen;
  to.port = from.port;
  for (const auto& one : from.users) to.users.push_back({one.name, one.password});
  if (!from.padding_scheme.empty()) to.padding_scheme = from.padding_scheme;
  auto& tls = to.tls.emplace();
  tls.certificate = from.certificate;
  tls.certificate_path = from.certificate_path;
  tls.key = from.key;
  tls.key_path = from.key_path;
  tls.alpn = from.alpn;
  checked(from.connect_timeout, "connect_timeout", false);
  return to;
}

}  // namespace app

client_options client_options::from_uri(std::string_view uri) {
  const auto parsed = protocol::parse_uri(uri);
  if (!parsed)
    throw std::invalid_argument(
        "this is no anytls:// link; write anytls://PASSWORD@HOST:PORT/?sni=NAME");
  client_options out;
  out.server = parsed->host;
  out.port = parsed->port;
  out.password = parsed->auth;
  out.server_name = parsed->sni;
  out.insecure = parsed->insecure;
  out.certificate_sha256 = parsed->hpkp;
  out.alpn = parsed->alpn;
  return out;
}

self_signed_certificate make_self_signed_certificate(const std::string& name, int days) {
  auto made = tls::make_self_signed(name, days);
  if (!made)
    throw std::invalid_argument(
        fmt::format("cannot make a certificate for \"{}\": {}", name, made.error().message()));
  return {std::move(made->certificate_pem), std::move(made->key_pem), std::move(made->sha256_hex)};
}

}  // namespace anytls
