#include "config/proxy_fields.h"

#include "config/mihomo_parts.h"
#include "config/sing_box_fields.h"
#include "config/value.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace anytls::config {
namespace {

constexpr std::array<std::string_view, 3> versions{"4", "4a", "5"};  // order of socks_version
constexpr std::size_t longest_login = 255;                           // RFC 1929

bool is_control(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
    return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

void read_username(const cursor& at, outbound& o) { read_string(at, o.proxy.username); }
void read_password(const cursor& at, outbound& o) { read_string(at, o.password); }
void read_server(const cursor& at, outbound& o) { read_host(at, o.server); }
void read_server_port(const cursor& at, outbound& o) { read_port(at, o.port); }

void read_version(const cursor& at, outbound& o) {
  if (at.value->is_scalar() && at.value->text.empty()) return;
  if (const auto i = read_word(at, versions)) o.proxy.version = static_cast<socks_version>(*i);
}

void read_tls(const cursor& at, outbound& o) {
  if (!is_off(*at.value, off_when::not_switched)) read_tls_client(at, o.tls);
}

void read_path(const cursor& at, outbound& o) {
  std::string path;
  if (!read_string(at, path) || path.empty()) return;
  if (path.front() != '/' ||
      std::ranges::any_of(path, [](char c) { return is_control(c) || c == ' '; }))
    return at.error("a path begins with / and has no blanks");
  o.proxy.path = std::move(path);
}

/// An object of names; each value is a text or a list of them.
void read_headers(const cursor& at, outbound& o) {
  if (!at.value->is_map())
    return at.error(fmt::format("expected an object, found {}", kind_in_words(*at.value)));
  for (const auto& m : at.value->members) {
    if (m.key.starts_with(json_note) && !at.weak) continue;
    const auto place = at.at(m.key, *m.value);
    std::vector<std::string> values;
    if (!is_token(m.key)) {
      place.error("this is not the name of an HTTP header");
      continue;
    }
    if (!read_strings(place, values)) continue;
    for (auto& value : values) {
      if (std::ranges::any_of(value, [](char c) { return is_control(c) && c != '\t'; })) {
        place.error("a header cannot contain line breaks or other control characters");
        break;
      }
      o.proxy.headers.emplace_back(m.key, std::move(value));
    }
  }
}

constexpr field<outbound> server_table[] = {
    {"server", {"", R"("b.example")"}, status::obeyed, read_server},
    {"server_port", {"", "8080"}, status::obeyed, read_server_port},
    {"username", {"none", R"("u")"}, status::obeyed, read_username},
    {"password", {"none", R"("r")"}, status::obeyed, read_password},
};
constexpr field<outbound> socks_table[] = {
    {"version", {"5", R"("4a")"}, status::obeyed, read_version},
    {"network", {}, status::accepted},
    {"udp_over_tcp", {}, status::later},
};
constexpr field<outbound> http_table[] = {
    {"path", {"the target", R"("/proxy")"}, status::obeyed, read_path},
    {"headers", {"none", R"({"X-Token": "t"})"}, status::obeyed, read_headers},
    {"tls", {"none"}, status::obeyed, read_tls},
};

constexpr field<outbound> mihomo_server_table[] = {
    {"server", {"", R"("b.example")"}, status::obeyed, read_server},
    {"port", {"", "8080"}, status::obeyed, read_server_port},
    {"username", {"none", R"("u")"}, status::obeyed, read_username},
    {"password", {"none", R"("r")"}, status::obeyed, read_password},
    {"tls",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, outbound& o) { read_bool(at, o.tls.enabled); }},
    {"skip-cert-verify",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, outbound& o) { read_bool(at, o.tls.insecure); }},
    {"fingerprint",
     {"none", R"("0000000000000000000000000000000000000000000000000000000000000000")"},
     status::obeyed,
     read_pin},
};
constexpr field<outbound> mihomo_http_table[] = {
    {"sni",
     {"the server", R"("b.example")"},
     status::obeyed,
     [](const cursor& at, outbound& o) { read_host(at, o.tls.server_name); }},
    {"headers", {"none", R"({"X-Token": "t"})"}, status::obeyed, read_headers},
};

void require_place(object_reader& in, std::string_view port, std::string_view what) {
  require(in, "server", fmt::format("the name or IP address of the {}", what));
  if (const node* n = in.place().value->find(port); !n || n->is_null())
    in.place().error(fmt::format("{} is missing: the port of the {}", port, what));
}

constexpr std::string_view what(const outbound& o) noexcept {
  return o.type == outbound_type::socks ? "SOCKS proxy" : "HTTP proxy";
}

}  // namespace

void read_sing_box_proxy(object_reader& in, outbound& into) {
  in.fields(server_table, into);
  if (into.type == outbound_type::socks)
    in.fields(socks_table, into);
  else
    in.fields(http_table, into);
  read_dial(in, into.dial);
  require_place(in, "server_port", what(into));
}

void read_mihomo_proxy(object_reader& in, outbound& into) {
  in.fields(mihomo_server_table, into);
  if (into.type == outbound_type::http) in.fields(mihomo_http_table, into);
  require_place(in, "port", what(into));
}

void judge_proxy(const outbound& of, report& out) {
  const auto& user = of.proxy.username;
  const auto& at = of.location;
  const auto control = [](std::string_view text) { return std::ranges::any_of(text, is_control); };
  if (of.dial.socket.fast_open.value_or(false))
    out.warning(at, 0,
                "data in the SYN is for AnyTLS and direct outbounds; a proxy is asked first");
  if (user.empty() && !of.password.empty())
    out.warning(at, 0, "password does nothing without username");
  if (of.type == outbound_type::http) {
    if (user.find(':') != std::string::npos || control(user))
      out.error(at + ".username", 0, "HTTP cannot send a username with a colon in it");
    return;
  }
  if (user.size() > longest_login || of.password.size() > longest_login)
    out.error(at, 0, "SOCKS takes usernames and passwords of at most 255 bytes");
  if (of.proxy.version == socks_version::v5) return;
  if (control(user)) out.error(at + ".username", 0, "SOCKS 4 cannot send control characters");
  if (!of.password.empty() && !user.empty())
    out.warning(at + ".password", 0, "SOCKS 4 knows no passwords; write \"version\": \"5\"");
}

}  // namespace anytls::config
