#include "config/ech_fields.h"

#include "config/field.h"
#include "config/value.h"

namespace anytls::config {
namespace {

struct server_and_switch {
  tls_server* tls;
  bool enabled = false;
};
using sas = server_and_switch;

// Of an older implementation of sing-box.
constexpr std::string_view of_old = "sing-box 1.12 does not obey it either";

constexpr field<ech_client> client_table[] = {
    {"enabled",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, ech_client& e) { read_bool(at, e.enabled); }},
    {"config",
     {"from the HTTPS record in DNS",
      R"(["-----BEGIN ECH CONFIGS-----", "...", "-----END ECH CONFIGS-----"])"},
     status::obeyed,
     [](const cursor& at, ech_client& e) { read_lines(at, e.config); }},
    {"config_path",
     {"", "\"ech.pem\""},
     status::obeyed,
     [](const cursor& at, ech_client& e) { read_string(at, e.config_path); }},
    {"query_server_name",
     {"the server name", "\"ech.example.org\""},
     status::obeyed,
     [](const cursor& at, ech_client& e) { read_host(at, e.query_name); }},
    {"pq_signature_schemes_enabled", {"false", "true"}, status::later, nullptr, of_old},
    {"dynamic_record_sizing_disabled", {"false", "true"}, status::later, nullptr, of_old},
};

constexpr field<sas> server_table[] = {
    {"enabled",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, sas& s) { read_bool(at, s.enabled); }},
    {"key",
     {"", R"(["-----BEGIN ECH KEYS-----", "...", "-----END ECH KEYS-----"])"},
     status::obeyed,
     [](const cursor& at, sas& s) { read_lines(at, s.tls->ech_key); }},
    {"key_path",
     {"", "\"ech-key.pem\""},
     status::obeyed,
     [](const cursor& at, sas& s) { read_string(at, s.tls->ech_key_path); }},
    {"pq_signature_schemes_enabled", {"false", "true"}, status::later, nullptr, of_old},
    {"dynamic_record_sizing_disabled", {"false", "true"}, status::later, nullptr, of_old},
};

constexpr field<ech_client> mihomo_table[] = {
    {"enable",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, ech_client& e) { read_bool(at, e.enabled); }},
    {"config",
     {"from the HTTPS record in DNS", "\"AEb+DQBCAAAgACANL634cCK...\""},
     status::obeyed,
     [](const cursor& at, ech_client& e) { read_string(at, e.config); }},
    {"query-server-name",
     {"the server name", "\"ech.example.org\""},
     status::obeyed,
     [](const cursor& at, ech_client& e) { read_host(at, e.query_name); }},
};

}  // namespace

void read_ech_client(const cursor& at, ech_client& into) {
  object_reader in(at);
  if (!in.ok()) return;
  in.fields(client_table, into);
  in.finish(json_note);
}

void read_ech_server(const cursor& at, tls_server& into) {
  object_reader in(at);
  if (!in.ok()) return;
  sas both{&into};
  in.fields(server_table, both);
  in.finish(json_note);
  if (!both.enabled) {
    into.ech_key.clear();
    into.ech_key_path.clear();
  } else if (into.ech_key.empty() && into.ech_key_path.empty()) {
    at.error("key_path is missing; `anytls generate ech-keypair NAME` makes keys");
  }
}

void read_ech_opts(const cursor& at, ech_client& into) {
  object_reader in(at);
  if (!in.ok()) return;
  in.fields(mihomo_table, into);
  in.finish({});
}

const std::string& ech_name(const tls_client& tls, const std::string& server) noexcept {
  if (!tls.ech.query_name.empty()) return tls.ech.query_name;
  return tls.server_name.empty() ? server : tls.server_name;
}

}  // namespace anytls::config
