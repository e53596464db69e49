#include "commands.h"
#include "common.h"
#include "limit_flags.h"
#include "secret.h"

#include "app/self_signed.h"
#include "app/startup_error.h"
#include "protocol/socks_address.h"
#include "protocol/uri.h"

#include <sys/stat.h>
#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>

namespace anytls::cli {
namespace {

struct server_options : common_options {
  std::string listen = "0.0.0.0:8443";
  std::string password;
  std::string certificate;
  std::string key;
  std::string name;
  std::string padding_scheme;
  std::string fallback;
  limit_flags limits;
};

std::string own_name() {
  char buffer[256] = {};
  ::gethostname(buffer, sizeof buffer - 1);
  return buffer[0] ? buffer : "localhost";
}

std::string read_scheme(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  if (!in) throw app::startup_error("cannot read the padding scheme " + path);
  return out.str();
}

// systemd names the journal by device and inode; the variable alone is inherited by a desktop's
// terminals too.
bool output_is_a_journal() {
  const char* named = std::getenv("JOURNAL_STREAM");
  struct stat output{};
  if (!named || ::fstat(STDOUT_FILENO, &output) != 0) return false;
  return std::to_string(output.st_dev) + ":" + std::to_string(output.st_ino) == named;
}

// On standard output, never in the log, and a service's output is a log too.
void print_link(const std::string& host, std::uint16_t port, const std::string& name,
                const std::string& password, const std::string& sha256) {
  protocol::server_uri link;
  link.auth = output_is_a_journal() ? "PASSWORD" : password;
  link.host = host.empty() || host == "0.0.0.0" || host == "::" ? name : host;
  link.port = port;
  link.sni = name;
  link.insecure =
      true;  // readers that do not know hpkp could not connect otherwise; ours pins all the same
  link.hpkp = sha256;
  std::printf("%s\n", protocol::to_string(link).c_str());
  std::fflush(stdout);
}

int run(const server_options& from) {
  config::inbound in;
  in.tag = "anytls-in";
  in.type = config::inbound_type::anytls;
  std::tie(in.listen, in.port) = split_host_port(from.listen, "-l");
  in.users.push_back({"", resolve_password(from.password)});
  if (!from.padding_scheme.empty()) in.padding_scheme = read_scheme(from.padding_scheme);
  if (!from.fallback.empty()) {
    const auto [host, port] = split_server(from.fallback, "--fallback");
    in.fallback = protocol::address::from_host(host, port);
  }
  in.limits = from.limits.limits();
  in.tls.emplace();
  config::config c;
  std::function<void(const app::application&)> tell;
  c.log.threshold = parse_level(from.log_level);
  if (from.certificate.empty() != from.key.empty())
    throw app::startup_error(
        "--cert and --key belong together: give both, or neither for a self-signed certificate");
  if (!from.certificate.empty()) {
    in.tls->certificate_path = from.certificate;
    in.tls->key_path = from.key;
  } else {
    const auto name = from.name.empty() ? own_name() : from.name;
    const auto folder = app::state_folder();
    const auto made = app::self_signed_certificate(folder, name);
    in.tls->certificate_path = made.certificate_path;
    in.tls->key_path = made.key_path;
    // A program that cannot start has no link to give, and only a bound port is the true one.
    tell = [=, host = in.listen, password = in.users[0].password](const app::application& running) {
      std::fprintf(stderr, "%s self-signed certificate in %s; clients connect with this link:\n",
                   made.fresh ? "Made a" : "Using the", folder.c_str());
      print_link(host, running.ports().at(0), name, password, made.sha256_hex);
    };
  }
  c.inbounds.push_back(std::move(in));
  config::outbound direct;
  direct.tag = "direct";
  c.final_outbound = direct.tag;
  c.outbounds.push_back(std::move(direct));
  return run_config(c, from.threads, tell);
}

}  // namespace

command add_server(CLI::App& parent) {
  auto* app = parent.add_subcommand("server", "Serve AnyTLS clients");
  auto options = std::make_shared<server_options>();
  app->add_option("-l,--listen", options->listen, "address to listen on; [::]:8443 = IPv4 and IPv6")
      ->capture_default_str();
  app->add_option("-p,--password", options->password,
                  "password, or @FILE; also from $ANYTLS_PASSWORD");
  app->add_option("--cert", options->certificate,
                  "certificate chain (PEM); without it a self-signed one is made once");
  app->add_option("--key", options->key, "private key (PEM)");
  app->add_option("--name", options->name,
                  "name for the self-signed certificate and the link (this host's name)");
  app->add_option("--padding-scheme", options->padding_scheme,
                  "file with the padding scheme for clients");
  app->add_option("--fallback", options->fallback,
                  "web server (HTTP without TLS) for whoever has no password")
      ->type_name("HOST:PORT");
  options->limits.add(*app);
  add_common(*app, *options);
  app->footer(
      "Examples:\n"
      "  anytls server -p @password.txt\n"
      "  anytls server -l '[::]:443' -p @password.txt --cert fullchain.pem --key privkey.pem");
  return {app, [options] { return run(*options); }};
}

}  // namespace anytls::cli
