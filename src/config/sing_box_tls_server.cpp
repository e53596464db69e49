#include "config/sing_box_fields.h"

#include "config/value.h"

namespace anytls::config {
namespace {

constexpr auto switched = off_when::not_switched;

struct server_and_switch {
  tls_server* tls;
  bool enabled = false;
  std::string client_authentication;
};
using sas = server_and_switch;

constexpr std::string_view no_client_check = "clients would not be asked for a certificate";

constexpr field<sas> server_table[] = {
    {"enabled",
     {},
     status::obeyed,
     [](const cursor& at, sas& t) { read_tls_switch(at, t.enabled); }},
    {"server_name",
     {},
     status::obeyed,
     [](const cursor& at, sas& t) { read_host(at, t.tls->server_name); }},
    {"alpn", {}, status::obeyed, [](const cursor& at, sas& t) { read_strings(at, t.tls->alpn); }},
    {"min_version",
     {},
     status::obeyed,
     [](const cursor& at, sas& t) { read_min_version(at, t.tls->min_version); }},
    {"max_version",
     {},
     status::obeyed,
     [](const cursor& at, sas& t) { read_max_version(at, t.tls->max_version); }},
    {"certificate",
     {},
     status::obeyed,
     [](const cursor& at, sas& t) { read_lines(at, t.tls->certificate); }},
    {"certificate_path",
     {},
     status::obeyed,
     [](const cursor& at, sas& t) { read_string(at, t.tls->certificate_path); }},
    {"key", {}, status::obeyed, [](const cursor& at, sas& t) { read_lines(at, t.tls->key); }},
    {"key_path",
     {},
     status::obeyed,
     [](const cursor& at, sas& t) { read_string(at, t.tls->key_path); }},
    {"client_authentication",
     {},
     status::obeyed,
     [](const cursor& at, sas& t) {
       if (read_string(at, t.client_authentication) && !t.client_authentication.empty() &&
           t.client_authentication != "no")
         at.error(fmt::format("not available yet, and without it {}", no_client_check));
     }},
    {"client_certificate", {}, status::refused, nullptr, no_client_check},
    {"client_certificate_path", {}, status::refused, nullptr, no_client_check},
    {"client_certificate_public_key_sha256", {}, status::refused, nullptr, no_client_check},
    {"cipher_suites", {}, status::later},
    {"curve_preferences", {}, status::later},
    {"kernel_tx", {}, status::later},
    {"kernel_rx", {}, status::later},
    {"acme",
     {},
     status::refused,
     nullptr,
     "there is no certificate; write certificate_path and key_path"},
    {"ech", {}, status::refused, nullptr, "clients with ECH could not connect", switched},
    {"reality", {}, status::refused, nullptr, "clients with REALITY could not connect", switched},
    {"insecure", {}, status::accepted},
    {"disable_sni", {}, status::accepted},
};

}  // namespace

void read_tls_server(const cursor& at, tls_server& into) {
  object_reader in(at);
  if (!in.ok()) return;
  sas both{&into, false, {}};
  in.fields(server_table, both);
  in.finish(json_note);
  if (!both.enabled) at.out->error(at.path + ".enabled", 0, write_enabled);
  const bool acme =
      at.value->find("acme") || at.value->find("reality");  // their own message is enough
  if (into.certificate.empty() && into.certificate_path.empty() && !acme)
    at.error("certificate_path is missing; `anytls generate certificate` makes one");
  if (into.key.empty() && into.key_path.empty() && !acme) at.error("key_path is missing");
}

}  // namespace anytls::config
