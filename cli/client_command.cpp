#include "commands.h"
#include "common.h"
#include "pool_flags.h"
#include "secret.h"

#include "app/startup_error.h"
#include "base/log.h"
#include "config/fingerprint.h"
#include "protocol/uri.h"

#include <cctype>
#include <memory>

namespace anytls::cli {
namespace {

struct client_options : common_options {
  std::string listen = "127.0.0.1:1080";
  std::string server;
  std::string password;
  std::string sni;
  bool insecure = false;
  bool no_resumption = false;
  std::string fingerprint;
  std::string client_fingerprint;  ///< empty = chrome
  std::vector<std::string> users;
  pool_flags pool;
};

config::user proxy_user(const std::string& text) {
  const auto colon = text.find(':');
  if (colon == std::string::npos) throw app::startup_error("--user: write NAME:PASSWORD");
  return {text.substr(0, colon), text.substr(colon + 1)};
}

// The TLS side would refuse it too, but without a word about what is wrong.
void check_fingerprint(const std::string& text, const std::string& what) {
  std::size_t digits = 0;
  bool good = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = std::isxdigit(static_cast<unsigned char>(text[i])) != 0;
    const bool between = text[i] == ':' && i > 0 && i + 1 < text.size() && digits % 2 == 0;
    good = good && (digit || between);
    digits += digit;
  }
  if (!good || digits != 64)
    throw app::startup_error(what + ": \"" + text +
                             "\" is not a SHA-256 fingerprint: write 64 hex digits");
}

config::client_hello hello_named(const std::string& name) {
  const auto found = config::find_fingerprint(name);
  if (!found)
    throw app::startup_error("--client-fingerprint: " + config::unknown_fingerprint(name));
  const auto missing = name.empty() ? std::string() : config::missing_hello(found->hello);
  const std::string_view said = missing.empty() ? found->remark : missing;
  if (!said.empty()) log::warn("--client-fingerprint: {}", said);
  return found->hello;
}

config::config compose(const client_options& from) {
  config::outbound out;
  out.tag = "anytls-out";
  out.type = config::outbound_type::anytls;
  out.pool = from.pool.options();
  out.tls.enabled = true;
  if (from.server.starts_with("anytls://")) {
    const auto uri = protocol::parse_uri(from.server);
    if (!uri)
      throw app::startup_error(
          "-s: this is no anytls:// link; write anytls://PASSWORD@HOST:PORT/?sni=NAME with a port "
          "from 1 to 65535");
    out.server = uri->host;
    out.port = uri->port;
    out.password =
        from.password.empty() && !uri->auth.empty() ? uri->auth : resolve_password(from.password);
    out.tls.server_name = uri->sni;
    out.tls.insecure = uri->insecure;
    if (!uri->hpkp.empty()) check_fingerprint(uri->hpkp, "-s: hpkp");
    out.tls.certificate_sha256 = uri->hpkp;
    out.tls.alpn = uri->alpn;
  } else {
    std::tie(out.server, out.port) = split_server(from.server, "-s");
    out.password = resolve_password(from.password);
  }
  if (!from.sni.empty()) out.tls.server_name = from.sni;
  if (from.insecure) out.tls.insecure = true;
  if (from.no_resumption) out.tls.resumption = false;
  out.tls.hello = hello_named(from.client_fingerprint);
  if (!from.fingerprint.empty()) {
    check_fingerprint(from.fingerprint, "--fingerprint");
    out.tls.certificate_sha256 = from.fingerprint;
  }

  config::inbound in;
  in.tag = "mixed-in";
  in.type = config::inbound_type::mixed;
  std::tie(in.listen, in.port) = split_host_port(from.listen, "-l");
  for (const auto& one : from.users) in.users.push_back(proxy_user(one));

  config::config c;
  c.log.threshold = parse_level(from.log_level);
  c.final_outbound = out.tag;
  c.inbounds.push_back(std::move(in));
  c.outbounds.push_back(std::move(out));
  return c;
}

}  // namespace

command add_client(CLI::App& parent) {
  auto* app = parent.add_subcommand(
      "client", "Offer a local SOCKS and HTTP proxy that goes through a server");
  auto options = std::make_shared<client_options>();
  app->add_option("-l,--listen", options->listen,
                  "address of the local proxy (SOCKS 4/4a/5 and HTTP)")
      ->capture_default_str();
  app->add_option("-s,--server", options->server, "anytls:// link, or HOST:PORT")->required();
  app->add_option("-p,--password", options->password,
                  "password, or @FILE; also from the link or $ANYTLS_PASSWORD");
  app->add_option("--sni", options->sni,
                  "server name in the TLS hello, and to verify (the server's host)");
  app->add_flag("--insecure", options->insecure, "do not verify the server's certificate");
  app->add_flag("--no-tls-resumption", options->no_resumption,
                "a whole TLS handshake each time, without tickets");
  app->add_option(
      "--fingerprint", options->fingerprint,
      "SHA-256 of the server's certificate, or of an issuer that it shows: trust this one only");
  app->add_option(
      "--client-fingerprint", options->client_fingerprint,
      "whose TLS hello the server sees: chrome (the default), or none (the library's own)");
  app->add_option("--user", options->users, "NAME:PASSWORD that the local proxy asks for");
  options->pool.add(*app);
  add_common(*app, *options);
  app->footer(
      "Examples:\n"
      "  anytls client -s 'anytls://PASSWORD@example.com:8443/?sni=example.com'\n"
      "  anytls client -s example.com:8443 -p @password.txt --ensure-idle-session 5\n"
      "  ANYTLS_PASSWORD=... anytls client -s example.com:8443 -sni example.com -m 5");
  return {app, [options] { return run_config(compose(*options), options->threads); }};
}

}  // namespace anytls::cli
