#include "app/build_tls.h"

namespace anytls::app {
namespace {

tls::version version(config::tls_version v) {
  return v == config::tls_version::tls_1_2 ? tls::version::tls1_2 : tls::version::tls1_3;
}

tls::identity_source identity(const config::tls_identity& from) {
  return {from.certificate, from.certificate_path, from.key, from.key_path};
}

tls::client_authentication::type type(config::client_authentication from) {
  using type = tls::client_authentication::type;
  switch (from) {
    case config::client_authentication::no:
      break;
    case config::client_authentication::request:
      return type::request;
    case config::client_authentication::require_any:
      return type::require_any;
    case config::client_authentication::verify_if_given:
      return type::verify_if_given;
    case config::client_authentication::require_and_verify:
      return type::require_and_verify;
  }
  return type::no;
}

}  // namespace

tls::client_options client_tls(const config::tls_client& from, const std::string& server) {
  tls::client_options to;
  to.server_name = from.server_name.empty() ? server : from.server_name;
  to.disable_sni = from.disable_sni;
  to.insecure = from.insecure;
  to.alpn = from.alpn;
  if (from.min_version) to.min = version(*from.min_version);
  if (from.max_version) to.max = version(*from.max_version);
  to.certificate_pem = from.certificate;
  to.certificate_path = from.certificate_path;
  to.certificate_sha256 = from.certificate_sha256;
  to.public_keys_sha256 = from.public_keys_sha256;
  to.identity = identity(from.client);
  to.allowed = {from.cipher_suites, from.curves};
  to.resumption = from.resumption;
  to.ech = {from.ech.enabled, from.ech.config, from.ech.config_path};
  to.fragment = {from.fragment.segments, from.fragment.records, from.fragment.fallback_delay};
  to.hello = from.hello == config::client_hello::plain ? tls::hello::plain : tls::hello::chrome;
  return to;
}

tls::server_options server_tls(const config::tls_server& from) {
  tls::server_options to;
  to.certificate_pem = from.certificate;
  to.certificate_path = from.certificate_path;
  to.key_pem = from.key;
  to.key_path = from.key_path;
  to.ech_key_pem = from.ech_key;
  to.ech_key_path = from.ech_key_path;
  for (const auto& one : from.certificates) to.more_identities.push_back(identity(one));
  to.alpn = from.alpn;
  if (from.min_version) to.min = version(*from.min_version);
  if (from.max_version) to.max = version(*from.max_version);
  to.allowed = {from.cipher_suites, from.curves};
  to.clients.wanted = type(from.clients);
  to.clients.roots_pem = from.client_certificate;
  to.clients.roots_paths = from.client_certificate_paths;
  to.clients.public_keys_sha256 = from.client_keys_sha256;
  return to;
}

}  // namespace anytls::app
