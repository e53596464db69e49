// The limit: a TLS tunnel with AnyTLS's frame headers and nothing else. No authentication, no
// padding, no reuse, no verification: a measure, not a proxy.
//
//   bench_bare_tunnel client LISTEN-PORT SERVER-PORT        SOCKS5 in, IPv4 targets
//   bench_bare_tunnel server LISTEN-PORT CERT KEY

#include "bare_tunnel/carry.h"
#include "bare_tunnel/tls_link.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

namespace {

using namespace anytls::bench;

void no_delay(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

sockaddr_in address_of(const std::uint8_t* ip_and_port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  std::memcpy(&out.sin_addr, ip_and_port, 4);
  std::memcpy(&out.sin_port, ip_and_port + 4, 2);
  return out;
}

sockaddr_in loopback(int port) {
  const std::uint8_t all[] = {
      127, 0, 0, 1, static_cast<std::uint8_t>(port >> 8), static_cast<std::uint8_t>(port)};
  return address_of(all);
}

int dial(const sockaddr_in& to) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  no_delay(fd);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return fd;
  ::close(fd);
  return -1;
}

void carry_both(int plain, tls_link& tls) {
  std::thread up([&] { carry_up(plain, tls); });
  carry_down(tls, plain);
  up.join();
  ::close(plain);
}

bool read_exactly(int fd, std::uint8_t* to, std::size_t size) {
  return ::recv(fd, to, size, MSG_WAITALL) == static_cast<ssize_t>(size);
}

void serve_application(SSL_CTX* ctx, int plain, int server_port) {
  std::uint8_t greeting[3], request[10];
  const std::uint8_t method[] = {5, 0}, granted[] = {5, 0, 0, 1, 0, 0, 0, 0, 0, 0};
  const int far = read_exactly(plain, greeting, sizeof greeting) && send_all(plain, method) &&
                          read_exactly(plain, request, sizeof request) && request[3] == 1
                      ? dial(loopback(server_port))
                      : -1;
  if (far >= 0) {
    tls_link tls(ctx, far, false);
    if (tls.usable() && send_target(tls, {request + 4, 6}) && send_all(plain, granted))
      return carry_both(plain, tls);
  }
  ::close(plain);
}

void serve_tunnel(SSL_CTX* ctx, int fd) {
  tls_link tls(ctx, fd, true);
  if (!tls.usable()) return;
  const auto target = receive_target(tls);
  if (target.empty()) return;
  if (const int plain = dial(address_of(target.data())); plain >= 0) carry_both(plain, tls);
}

int listen_on(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const auto at = loopback(port);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) < 0 || ::listen(fd, 1024) < 0) {
    std::perror("bench_bare_tunnel: listen");
    std::exit(1);
  }
  return fd;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string role = count > 1 ? arguments[1] : "";
  const bool server = role == "server" && count == 5;
  if (!server && !(role == "client" && count == 4)) {
    std::fputs("bench_bare_tunnel client PORT SERVER-PORT | server PORT CERT KEY\n", stderr);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  const bssl::UniquePtr<SSL_CTX> ctx(SSL_CTX_new(TLS_method()));
  SSL_CTX_set_options(ctx.get(), SSL_OP_NO_TICKET);
  SSL_CTX_set_min_proto_version(ctx.get(), TLS1_3_VERSION);
  if (server && (!SSL_CTX_use_certificate_chain_file(ctx.get(), arguments[3]) ||
                 !SSL_CTX_use_PrivateKey_file(ctx.get(), arguments[4], SSL_FILETYPE_PEM))) {
    std::fputs("bench_bare_tunnel: the certificate or its key cannot be read\n", stderr);
    return 1;
  }
  const int listener = listen_on(std::atoi(arguments[2]));
  for (;;) {
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    no_delay(fd);
    const int server_port = std::atoi(arguments[3]);
    std::thread([=, ssl = ctx.get()] {
      if (server)
        serve_tunnel(ssl, fd);
      else
        serve_application(ssl, fd, server_port);
    }).detach();
  }
}
