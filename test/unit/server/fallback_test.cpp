#include "server/fallback.h"

#include "base/limits.h"
#include "support/sockets.h"

#include <poll.h>
#include <sys/socket.h>
#include <atomic>
#include <cerrno>
#include <list>
#include <thread>

namespace anytls::server {
namespace {

using test::byte_at;
using test::run;
using test::run_until_ready;
using test::started;

protocol::address at(std::uint16_t port) { return protocol::address::from_host("127.0.0.1", port); }

TEST(FallbackOptions, TheProtocolChooses) {
  const fallback_options both{at(1), {{"h2", at(2)}}};
  EXPECT_EQ(*both.choose("h2"), at(2));
  EXPECT_EQ(*both.choose("http/1.1"), at(1));
  EXPECT_EQ(*both.choose(""), at(1));
  const fallback_options one{{}, {{"h2", at(2)}}};
  EXPECT_EQ(*one.choose("h2"), at(2));
  EXPECT_EQ(one.choose(""), nullptr);
  EXPECT_EQ(fallback_options{}.choose("h2"), nullptr);
}

std::shared_ptr<admission> places_for(std::uint32_t per_source) {
  system_random random;
  return make_fallback_places(per_source, true, random);
}

// As many places as one source gets, kept in `held`.
std::size_t take_all(admission& places, const char* source, std::list<admission::ticket>& held) {
  auto why = admission_verdict::admitted;
  for (std::size_t taken = 0;; ++taken) {
    auto one = places.arrive(asio::ip::make_address(source), why);
    if (!one) return taken;
    held.push_back(std::move(*one));
  }
}

TEST(FallbackPlaces, ASourceHasItsOwnLimitAndGetsPlacesBack) {
  const auto places = places_for(3);
  std::list<admission::ticket> held;
  EXPECT_EQ(take_all(*places, "8.8.4.4", held), 3u);
  EXPECT_EQ(take_all(*places, "8.8.8.8", held), 3u);
  held.pop_front();
  EXPECT_EQ(take_all(*places, "8.8.4.4", held), 1u);
}

TEST(FallbackPlaces, NoSourceTakesThemAll) {
  const auto places = places_for(1024);
  std::list<admission::ticket> held;
  EXPECT_EQ(take_all(*places, "8.8.4.4", held), limits::fallback_connections / 2);
  EXPECT_EQ(take_all(*places, "8.8.8.8", held), 64u);
}

// A TLS client, the relay, and the web server's end of a plain connection.
struct visit {
  explicit visit(std::string_view first = {}, int buffer = 0) {
    run(io, [&]() -> task<> {
      auto pair = co_await test::tls_pair(test::client_defaults(), test::server_defaults(), buffer);
      auto plain = co_await test::connected_sockets(buffer);
      auto why = admission_verdict::admitted;
      client = std::move(pair.client);
      web.emplace(std::move(plain.server));
      fallback_connection connection{
          std::move(plain.client),
          std::move(*places->arrive(asio::ip::make_address("127.0.0.1"), why))};
      const auto sent = as_bytes(first);
      asio::co_spawn(io,
                     relay_fallback(std::move(pair.server), bytes(sent.begin(), sent.end()),
                                    std::move(connection)),
                     [this](const std::exception_ptr&) { over = true; });
    });
  }
  ~visit() {
    client.reset();
    web.reset();
    EXPECT_TRUE(run_until_ready(io, [&] { return over; }));
  }

  void say(std::string_view what) {
    client->write_record(as_bytes(what));
    client->flush();
  }
  std::string web_hears(std::size_t size) {
    std::string out(size, '\0');
    run(io, [&]() -> task<> { co_await asio::async_read(*web, asio::buffer(out), use_result); });
    return out;
  }
  void web_says(std::string_view what) { asio::write(*web, asio::buffer(what)); }
  std::string client_hears(std::size_t size) {
    std::string out;
    run(io, [&]() -> task<> {
      auto [data, error] = co_await test::read_exactly(*client, size);
      out = as_text(data);
    });
    return out;
  }
  error_code client_ends_with() {
    error_code out;
    run(io, [&]() -> task<> { out = co_await test::read_error(*client); });
    return out;
  }

  asio::io_context io{1};
  std::shared_ptr<admission> places = places_for(1);
  std::unique_ptr<tls::stream> client;
  std::optional<tcp_socket> web;
  bool over = false;
};

TEST(Fallback, PassesOnWhatWasReadAndWhatComes) {
  visit v("GET ");
  v.say("/ HTTP");
  EXPECT_EQ(v.web_hears(10), "GET / HTTP");
  v.web_says("400");
  EXPECT_EQ(v.client_hears(3), "400");
}

TEST(Fallback, AWebServerThatClosesAfterItsAnswerSaysGoodbye) {
  visit v("GET");
  v.web_hears(3);
  v.web_says("400");
  v.web->close();
  EXPECT_EQ(v.client_hears(3), "400");
  EXPECT_EQ(v.client_ends_with(), asio::error::eof);
}

TEST(Fallback, AWebServerThatHasWaitedInVainDoesNot) {
  visit v("GET");
  v.web_hears(3);
  timer later(v.io, 300ms);
  later.async_wait([&](error_code) { v.web->close(); });
  EXPECT_EQ(v.client_ends_with(), errc::tls_closed_without_notify);
}

TEST(Fallback, ANewcomerThatIsClosedHearsGoodbye) {
  visit v;
  timer later(v.io, 300ms);
  later.async_wait([&](error_code) { v.web->close(); });
  EXPECT_EQ(v.client_ends_with(), asio::error::eof);
}

TEST(Fallback, TheClientsEndReachesTheWebServerAndIsNotAnswered) {
  visit v("GET");
  v.web_hears(3);
  v.client->finish();
  run(v.io, [&]() -> task<> {
    char byte;
    const auto [error, n] = co_await v.web->async_read_some(asio::buffer(&byte, 1), use_result);
    EXPECT_EQ(error, asio::error::eof);
  });
  v.web->close();
  EXPECT_EQ(v.client_ends_with(), errc::tls_closed_without_notify);
}

constexpr std::size_t flood_bytes = 512 * 1024 * 1024;

TEST(Fallback, AFloodAfterTheEndLeavesTheThreadToOthersAndIsCut) {
  visit v("GET");
  v.web_hears(3);
  v.web_says("400");
  EXPECT_EQ(v.client_hears(3), "400");
  test::shut_down_sending(*v.web);  // lingers, as nginx does
  EXPECT_EQ(v.client_ends_with(), asio::error::eof);
  // From a thread of its own, so that something is there whenever it looks.
  std::atomic<bool> over = false;
  std::size_t sent = 0;
  std::thread flood([&, fd = v.client->native_handle()] {
    const bytes piece(256 * 1024);
    while (sent < flood_bytes) {
      const auto n = ::send(fd, piece.data(), piece.size(), MSG_NOSIGNAL);
      pollfd room{fd, POLLOUT, 0};  // the socket does not block
      if (n < 0 && errno == EAGAIN && ::poll(&room, 1, -1) == 1) continue;
      if (n <= 0) break;
      sent += static_cast<std::size_t>(n);
    }
    over = true;
  });
  int answers = 0;  // of somebody else on the same thread
  while (!over) {
    asio::post(v.io, [&] { ++answers; });
    v.io.restart();
    v.io.run_one_for(10ms);
  }
  flood.join();
  EXPECT_LT(sent, flood_bytes) << "it takes what comes without end";
  EXPECT_GT(answers, 50);
}

TEST(Fallback, AResetIsAReset) {
  visit v("GET");
  v.web_hears(3);
  test::send_reset(*v.web);
  EXPECT_EQ(v.client_ends_with(), asio::error::connection_reset);
}

TEST(Fallback, AClientThatDoesNotReadStopsTheWebServer) {
  visit v({}, 16 * 1024);
  constexpr std::size_t size = 4 * 1024 * 1024;
  started<error_code> sending(v.io, test::send_bytes(*v.web, size));
  test::run_until_quiet(v.io);
  EXPECT_FALSE(sending.done) << "somebody keeps it all";
  const auto got = v.client_hears(size);
  ASSERT_EQ(got.size(), size);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < size; ++i) wrong += static_cast<std::uint8_t>(got[i]) != byte_at(i);
  EXPECT_EQ(wrong, 0u);
  EXPECT_TRUE(run_until_ready(v.io, [&] { return sending.done; }));
}

TEST(Fallback, AWebServerThatDoesNotReadStopsTheClient) {
  visit v({}, 16 * 1024);
  constexpr std::size_t size = 2 * 1024 * 1024;
  bytes all(size);
  for (std::size_t i = 0; i < size; ++i) all[i] = byte_at(i);
  bool written = false;
  asio::co_spawn(v.io, test::write_all(*v.client, all),
                 [&](const std::exception_ptr&) { written = true; });
  test::run_until_quiet(v.io);
  EXPECT_FALSE(written) << "somebody keeps it all";
  const auto got = v.web_hears(size);
  EXPECT_TRUE(std::ranges::equal(as_bytes(got), all));
  EXPECT_TRUE(run_until_ready(v.io, [&] { return written; }));
}

}  // namespace
}  // namespace anytls::server
