#include "config/sing_box_fields.h"

#include "config/fingerprint.h"
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
}

constexpr field<tls_client> client_table[] = {
    {"enabled",
     {},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_tls_switch(at, t.enabled); }},
    {"server_name",
     {},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_host(at, t.server_name); }},
    {"disable_sni",
     {},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_bool(at, t.disable_sni); }},
    {"insecure",
     {},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_bool(at, t.insecure); }},
    {"alpn", {}, status::obeyed, [](const cursor& at, tls_client& t) { read_strings(at, t.alpn); }},
    {"min_version",
     {},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_min_version(at, t.min_version); }},
    {"max_version",
     {},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_max_version(at, t.max_version); }},
    {"certificate",
     {},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_lines(at, t.certificate); }},
    {"certificate_path",
     {},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_string(at, t.certificate_path); }},
    {"resumption",
     {},
     status::obeyed,
     [](const cursor& at, tls_client& t) { read_bool(at, t.resumption); }},
    {"cipher_suites", {}, status::later},
    {"curve_preferences", {}, status::later},
    {"certificate_public_key_sha256",
     {},
     status::refused,
     nullptr,
     "the pinned key would not be checked"},
    {"client_certificate",
     {},
     status::refused,
     nullptr,
     "the server would not see the client's certificate"},
    {"client_certificate_path",
     {},
     status::refused,
     nullptr,
     "the server would not see the client's certificate"},
    {"client_key",
     {},
     status::refused,
     nullptr,
     "the server would not see the client's certificate"},
    {"client_key_path",
     {},
     status::refused,
     nullptr,
     "the server would not see the client's certificate"},
    {"fragment", {}, status::later},
    {"fragment_fallback_delay", {}, status::accepted},
    {"record_fragment", {}, status::later},
    {"kernel_tx", {}, status::later},
    {"kernel_rx", {}, status::later},
    {"ech", {}, status::refused, nullptr, "the server name would be sent in the clear", switched},
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
