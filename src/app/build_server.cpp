#include "app/build_server.h"

#include "app/startup_error.h"
#include "net/dialer.h"
#include "net/public_address.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>

namespace anytls::app {
namespace {

// Why the system does not let us read a file; none = it does.
error_code cannot_read(const std::string& path) {
  if (path.empty()) return {};
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  char byte = 0;
  error_code why;
  if (fd < 0 || ::read(fd, &byte, 1) < 0) why.assign(errno, boost::system::system_category());
  if (fd >= 0) ::close(fd);
  return why;
}

std::shared_ptr<tls::server_context> server_context(const config::inbound& from) {
  tls::server_options to;
  to.certificate_pem = from.tls->certificate;
  to.certificate_path = from.tls->certificate_path;
  to.key_pem = from.tls->key;
  to.key_path = from.tls->key_path;
  to.alpn = from.tls->alpn;
  if (from.tls->min_version == config::tls_version::tls_1_3) to.min = tls::version::tls1_3;
  if (from.tls->max_version == config::tls_version::tls_1_2) to.max = tls::version::tls1_2;
  auto made = tls::server_context::make(to);
  if (made) return *made;
  const auto error = made.error();
  const bool about_key = error == errc::bad_key_file || error == errc::key_mismatch;
  const auto& certificate =
      to.certificate_path.empty() ? std::string("(inline)") : to.certificate_path;
  const auto& key = to.key_path.empty() ? std::string("(inline)") : to.key_path;
  if (error == errc::unreadable_file) {
    const auto complain = [&](const char* what, const std::string& text, const std::string& path) {
      if (!text.empty()) return;
      if (const auto why = cannot_read(path))
        throw startup_error(
            fmt::format("{}: cannot read the TLS {} {}: {}", from.tag, what, path, why.message()));
    };
    complain("certificate", to.certificate_pem, to.certificate_path);
    complain("key", to.key_pem, to.key_path);
    throw startup_error(fmt::format("{}: the TLS certificate {} or its key {} is too large a file",
                                    from.tag, certificate, key));
  }
  throw startup_error(fmt::format("{}: TLS {} {}: {}", from.tag, about_key ? "key" : "certificate",
                                  about_key ? key : certificate, error.message()));
}

std::shared_ptr<const outbound::address_filter> public_only() {
  return std::make_shared<const outbound::address_filter>(
      [own = std::make_shared<net::own_addresses>()](const asio::ip::address& a) {
        return net::is_public(a) && !own->contains(a, clock::now());
      });
}

}  // namespace

std::unique_ptr<server::server> build_server(const config::inbound& from, outbound::outbound& out,
                                             std::weak_ptr<void> owner) {
  if (!from.tls) throw startup_error(fmt::format("{}: an anytls inbound needs TLS", from.tag));
  server::server_options options;
  options.tag = from.tag;
  options.owner = std::move(owner);
  for (const auto& user : from.users) options.users.emplace_back(user.name, user.password);
  if (from.padding_scheme) {
    auto scheme = protocol::padding_scheme::parse(*from.padding_scheme);
    if (!scheme)
      throw startup_error(
          fmt::format("{}: the padding scheme is invalid: it needs a line stop=NUMBER", from.tag));
    options.scheme = std::move(*scheme);
  }
  const auto& limits = from.limits;
  options.idle_session_timeout = limits.idle_session_timeout;
  options.heartbeat = limits.heartbeat;
  options.max_streams_per_user = limits.max_streams_per_user;
  options.limit_private_sources = limits.limit_private_sources;
  options.admission.pending = limits.max_pending_connections;
  options.admission.pending_per_source = limits.max_pending_connections_per_source;
  options.admission.handshakes_per_second = limits.max_handshakes_per_source;
  options.admission.failures_per_minute = limits.max_failures_per_source;

  auto connect = [&out, allow = limits.block_private ? public_only() : nullptr](
                     const server::target_request& what,
                     asio::io_context& here) -> task<result<std::unique_ptr<endpoint>>> {
    // Also where another server dials: a number needs no resolving to be refused.
    if (allow && what.target.is_ip() && !(*allow)(net::literal(what.target)))
      co_return error_code(errc::blocked);
    auto attempt =
        out.begin({what.target, what.inbound_tag, what.user, what.source, true, allow}, here);
    co_return co_await attempt->open();
  };
  return std::make_unique<server::server>(std::move(options), server_context(from),
                                          std::move(connect));
}

}  // namespace anytls::app
