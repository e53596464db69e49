// Fetches a page through an AnyTLS server, on the program's own io_context:
//   example_open_stream 'anytls://PASSWORD@example.com:8443/?sni=example.com' www.example.org

#include <anytls/client.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <iostream>

namespace asio = boost::asio;

asio::awaitable<void> fetch(anytls::client& client, std::string host) try {
  auto stream = co_await client.async_open(host, 80, asio::use_awaitable);
  const auto request = "GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
  co_await asio::async_write(stream, asio::buffer(request), asio::use_awaitable);
  for (char piece[4096];;) {
    const auto size = co_await stream.async_read_some(asio::buffer(piece), asio::use_awaitable);
    std::cout.write(piece, static_cast<std::streamsize>(size));
  }
} catch (const boost::system::system_error& e) {
  if (e.code() != asio::error::eof) std::cerr << e.code().message() << '\n';
  client.close();  // its idle session would keep run() going
}

int main(int argc, char** argv) try {
  if (argc != 3) return std::cerr << "usage: " << argv[0] << " LINK HOST\n", 2;
  asio::io_context io;
  anytls::client client(io, anytls::client_options::from_uri(argv[1]));
  asio::co_spawn(io, fetch(client, argv[2]), asio::detached);
  io.run();
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
