#include "config/sing_box_fields.h"

#include "config/ech_fields.h"
#include "config/fingerprint.h"
#include "config/tls_values.h"
#include "config/value.h"

namespace anytls::config {
namespace {

constexpr auto switched = off_when::not_switched;

struct utls {
  bool enabled = true;
  client_hello fingerprint = client_hello::chrome;
};

constexpr field<utls> utls_table[] = {
    {"enabled",
     {"true", "false"},
     status::obeyed,
     [](const cursor& at, utls& u) { read_bool(at, u.enabled); }},
    {"fingerprint",
     {"chrome", R"("none")"},
     status::obeyed,
     [](const cursor& at, utls& u) { read_fingerprint(at, u.fingerprint); }},
};

/// Chrome's hello is there without being asked for, so `enabled` counts where it says no.
void read_utls(const cursor& at, tls_client& into) {
  object_reader in(at);
  if (!in.ok()) return;
  utls made;
  in.fields(utls_table, made);
  in.finish(json_note);
  into.hello = made.enabled ? made.fingerprint : client_hello::plain;
  judge_hello(at, into.hello);
}

constexpr field<tls_client> client_table[] = {
    {"enabled",
     {},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_tls_switch(at, t.enabled); }},
    {"server_name",
     {"the server's name", R"("b.example")"},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_host(at, t.server_name); }},
    {"disable_sni",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_bool(at, t.disable_sni); }},
    {"insecure",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_bool(at, t.insecure); }},
    {"alpn",
     {"Chrome's; http/1.1 to a proxy", R"(["http/1.1"])"},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_strings(at, t.alpn); }},
    {"min_version",
     {"1.2", R"("1.3")"},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_min_version(at, t.min_version); }},
    {"max_version",
     {"1.3", R"("1.2")"},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_max_version(at, t.max_version); }},
    {"certificate",
     {"the system's roots", R"(["-----BEGIN CERTIFICATE-----", "..."])"},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_lines(at, t.certificate); }},
    {"certificate_path",
     {"", R"("/etc/ssl/own-root.pem")"},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_string(at, t.certificate_path); }},
    {"resumption",
     {"true", "false"},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_bool(at, t.resumption); }},
    {"cipher_suites",
     {"the usual ones", R"(["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"])"},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_cipher_suites(at, t.cipher_suites); }},
    {"curve_preferences",
     {"the usual ones", R"(["X25519", "P256"])"},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_curves(at, t.curves); }},
    {"certificate_public_key_sha256",
     {"", R"(["47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="])"},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_key_hashes(at, t.public_keys_sha256); }},
    {"client_certificate",
     {"", R"(["-----BEGIN CERTIFICATE-----", "..."])"},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_lines(at, t.client.certificate); }},
    {"client_certificate_path",
     {"", R"("/etc/anytls/client.pem")"},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_string(at, t.client.certificate_path); }},
    {"client_key",
     {"", R"(["-----BEGIN PRIVATE KEY-----", "..."])"},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_lines(at, t.client.key); }},
    {"client_key_path",
     {"", R"("/etc/anytls/client.key")"},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_string(at, t.client.key_path); }},
    {"fragment",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_bool(at, t.fragment.segments); }},
    {"fragment_fallback_delay",
     {"500ms", "\"50ms\""},
     status::obeyed,
     [](const cursor& at, tls_client& t) {
       read_duration(at, t.fragment.fallback_delay, bare_number::refused);
     }},
    {"record_fragment",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_bool(at, t.fragment.records); }},
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
    {"ech",
     {"off", R"({"enabled": true, "config_path": "ech.pem"})"},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_ech_client(at, t.ech); }},
    {"utls", {"", R"({"enabled": false})"}, status::obeyed, read_utls},
    {"reality", {}, status::refused, nullptr, "the server could not be recognized", switched},
};

}  // namespace

void read_tls_switch(const cursor& at, bool& enabled) {
  if (!read_bool(at, enabled)) enabled = true;  // said already
}

void read_tls_client(const cursor& at, tls_client& into) {
  object_reader in(at);
  if (!in.ok()) return;
  in.fields(client_table, into);
  in.finish(json_note);
  if (!into.enabled) at.out->error(at.path + ".enabled", 0, write_enabled);
}

}  // namespace anytls::config
