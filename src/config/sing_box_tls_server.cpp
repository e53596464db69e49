#include "config/sing_box_fields.h"

#include "config/certificate_list.h"
#include "config/ech_fields.h"
#include "config/tls_values.h"
#include "config/value.h"

namespace anytls::config {
namespace {

constexpr auto switched = off_when::not_switched;

struct server_and_switch {
  tls_server* tls;
  bool enabled = false;
};
using sas = server_and_switch;

constexpr field<tls_identity> certificate_table[] = {
    {"certificate",
     {"", R"(["-----BEGIN CERTIFICATE-----", "..."])"},
     status::obeyed,
     [](const cursor& at, tls_identity& i) { read_lines(at, i.certificate); }},
    {"certificate_path",
     {"", R"("/etc/letsencrypt/live/b.example/fullchain.pem")"},
     status::obeyed,
     [](const cursor& at, tls_identity& i) { read_string(at, i.certificate_path); }},
    {"key",
     {"", R"(["-----BEGIN PRIVATE KEY-----", "..."])"},
     status::obeyed,
     [](const cursor& at, tls_identity& i) { read_lines(at, i.key); }},
    {"key_path",
     {"", R"("/etc/letsencrypt/live/b.example/privkey.pem")"},
     status::obeyed,
     [](const cursor& at, tls_identity& i) { read_string(at, i.key_path); }},
};

constexpr certificate_words words{"certificate_path is missing", "key_path is missing", json_note};

constexpr field<sas> server_table[] = {
    {"enabled",
     {},
     status::obeyed,
     [](const cursor& at, sas& t) { read_tls_switch(at, t.enabled); }},
    {"server_name",
     {"", R"("b.example")"},
     status::obeyed,
     [](const cursor& at, sas& t) { read_host(at, t.tls->server_name); }},
    {"alpn",
     {"none", R"(["http/1.1"])"},
     status::obeyed,
     [](const cursor& at, sas& t) { read_strings(at, t.tls->alpn); }},
    {"min_version",
     {"1.2", R"("1.3")"},
     status::obeyed,
     [](const cursor& at, sas& t) { read_min_version(at, t.tls->min_version); }},
    {"max_version",
     {"1.3", R"("1.2")"},
     status::obeyed,
     [](const cursor& at, sas& t) { read_max_version(at, t.tls->max_version); }},
    {"certificate",
     {"", R"(["-----BEGIN CERTIFICATE-----", "..."])"},
     status::obeyed,
     [](const cursor& at, sas& t) { read_lines(at, t.tls->certificate); }},
    {"certificate_path",
     {"", R"("/etc/letsencrypt/live/a.example/fullchain.pem")"},
     status::obeyed,
     [](const cursor& at, sas& t) { read_string(at, t.tls->certificate_path); }},
    {"key",
     {"", R"(["-----BEGIN PRIVATE KEY-----", "..."])"},
     status::obeyed,
     [](const cursor& at, sas& t) { read_lines(at, t.tls->key); }},
    {"key_path",
     {"", R"("/etc/letsencrypt/live/a.example/privkey.pem")"},
     status::obeyed,
     [](const cursor& at, sas& t) { read_string(at, t.tls->key_path); }},
    {"certificates",
     {"", R"([{"certificate_path": "b.pem", "key_path": "b.key"}])"},
     status::obeyed,
     [](const cursor& at, sas& t) {
       read_certificates(at, certificate_table, words, t.tls->certificates);
     }},
    {"client_authentication",
     {"no", R"("require-and-verify")"},
     status::obeyed,
     [](const cursor& at, sas& t) { read_client_authentication(at, t.tls->clients); }},
    {"client_certificate",
     {"", R"(["-----BEGIN CERTIFICATE-----", "..."])"},
     status::obeyed,
     [](const cursor& at, sas& t) { read_lines(at, t.tls->client_certificate); }},
    {"client_certificate_path",
     {"", R"(["/etc/anytls/clients.pem"])"},
     status::obeyed,
     [](const cursor& at, sas& t) { read_strings(at, t.tls->client_certificate_paths); }},
    {"client_certificate_public_key_sha256",
     {"", R"(["47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="])"},
     status::obeyed,
     [](const cursor& at, sas& t) { read_key_hashes(at, t.tls->client_keys_sha256); }},
    {"cipher_suites",
     {"the usual ones", R"(["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"])"},
     status::obeyed,
     [](const cursor& at, sas& t) { read_cipher_suites(at, t.tls->cipher_suites); }},
    {"curve_preferences",
     {"the usual ones", R"(["X25519", "P256"])"},
     status::obeyed,
     [](const cursor& at, sas& t) { read_curves(at, t.tls->curves); }},
    {"kernel_tx",
     {"false", "true"},
     status::later,
     nullptr,
     "records are sealed by the program itself"},
    {"kernel_rx",
     {"false", "true"},
     status::later,
     nullptr,
     "records are sealed by the program itself"},
    {"acme",
     {},
     status::refused,
     nullptr,
     "there is no certificate: point certificate_path and key_path at certbot's files, "
     "/etc/letsencrypt/live/NAME/fullchain.pem and privkey.pem (changes are noticed)"},
    {"ech",
     {"off", R"({"enabled": true, "key_path": "ech-key.pem"})"},
     status::obeyed,
     [](const cursor& at, sas& t) { read_ech_server(at, *t.tls); }},
    {"reality", {}, status::refused, nullptr, "clients with REALITY could not connect", switched},
    {"insecure", {}, status::accepted},
    {"disable_sni", {}, status::accepted},
};

}  // namespace

void read_tls_server(const cursor& at, tls_server& into) {
  object_reader in(at);
  if (!in.ok()) return;
  sas both{&into, false};
  in.fields(server_table, both);
  in.finish(json_note);
  if (!both.enabled) at.out->error(at.path + ".enabled", 0, write_enabled);
  const bool acme =
      at.value->find("acme") || at.value->find("reality");  // their own message is enough
  const bool certificate = !into.certificate.empty() || !into.certificate_path.empty();
  const bool key = !into.key.empty() || !into.key_path.empty();
  if (acme || (!certificate && !key && !into.certificates.empty())) return;
  if (!certificate)
    at.error("certificate_path is missing; `anytls generate certificate` makes one");
  if (!key) at.error("key_path is missing");
}

}  // namespace anytls::config
