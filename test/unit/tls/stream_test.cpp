#include "base/io_buffers.h"
#include "support/tls_pair.h"
#include "support/tls_relay.h"
#include "tls/library.h"

#include <openssl/evp.h>

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <unistd.h>
#include <random>

namespace anytls::tls {
namespace {

using test::run;

constexpr std::size_t tls13_overhead = 17;  // content type and tag, beside the header of 5

bytes pattern(std::size_t size, unsigned seed = 1) {
  std::mt19937 engine(seed);
  bytes out(size);
  for (auto& byte : out) byte = static_cast<std::uint8_t>(engine());
  return out;
}

class running_sha256 {
 public:
  running_sha256() { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
  void add(bytes_view data) { EVP_DigestUpdate(context_.get(), data.data(), data.size()); }
  sha256_digest end() {
    sha256_digest out{};
    EVP_DigestFinal_ex(context_.get(), out.data(), nullptr);
    return out;
  }

 private:
  owned<EVP_MD_CTX> context_{EVP_MD_CTX_new()};
};

/// The encrypted records that `write` put on the wire, alerts of the end included.
template <typename Write>
std::vector<test::record> records_of(Write write) {
  asio::io_context io(1);
  test::relay_log log;
  std::size_t before = 0;
  run(io, [&]() -> task<> {
    auto pair = co_await test::handshake(co_await test::relayed_sockets(log));
    const bytes hello(1, 0);
    co_await test::write_all(*pair.client, hello);
    co_await test::read_exactly(*pair.server, 1);
    before = log.up.size();
    write(*pair.client);
    EXPECT_FALSE(co_await pair.client->drain());
    pair.client->close();
    EXPECT_EQ(co_await test::read_error(*pair.server), asio::error::eof);
    pair.server->close();
  });
  auto out = test::records_in(bytes_view(log.up).subspan(before));
  EXPECT_FALSE(out.empty());
  if (!out.empty()) out.pop_back();  // close_notify
  return out;
}

TEST(stream, one_write_is_one_record_of_that_size) {
  const std::vector<std::size_t> sizes{1, 30, 100, 399, 1000, 16383, 16384, 5};
  const auto records = records_of([&](stream& to) {
    for (const auto size : sizes) to.write_record(bytes(size, 1));
  });
  ASSERT_EQ(records.size(), sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i)
    EXPECT_EQ(records[i].size, sizes[i] + tls13_overhead);
}

TEST(stream, more_than_a_record_holds_takes_several) {
  const auto records = records_of([](stream& to) { to.write_record(bytes(16384 * 2 + 1, 1)); });
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].size, 16384 + tls13_overhead);
  EXPECT_EQ(records[2].size, 1 + tls13_overhead);
}

TEST(stream, an_empty_write_is_nothing) {
  EXPECT_TRUE(records_of([](stream& to) { to.write_record({}); }).empty());
}

TEST(stream, one_turn_may_exceed_the_lent_buffer) {
  const auto records = records_of([](stream& to) {
    for (int i = 0; i < 40; ++i) to.write_record(bytes(16384, 1));  // 640 KiB
    EXPECT_GT(to.backlog(), io_buffers::large_size);
  });
  EXPECT_EQ(records.size(), 40u);
}

TEST(stream, nothing_leaves_before_the_flush) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    auto pair = co_await test::tls_pair();
    pair.client->write_record(pattern(100));
    EXPECT_GT(pair.client->backlog(), 100u);
    std::uint8_t room[200];
    EXPECT_EQ(pair.server->read_some(room).size, 0u);
    EXPECT_FALSE(pair.client->flush());
    EXPECT_EQ(pair.client->backlog(), 0u);
    EXPECT_FALSE(co_await pair.server->wait_readable());
    EXPECT_EQ(pair.server->read_some(room).size, 100u);
  });
}

class bulk : public testing::TestWithParam<version> {};
INSTANTIATE_TEST_SUITE_P(stream, bulk, testing::Values(version::tls1_2, version::tls1_3),
                         [](const auto& i) {
                           return i.param == version::tls1_2 ? "tls12" : "tls13";
                         });

TEST_P(bulk, both_ways_at_once_through_small_socket_buffers) {
  constexpr std::size_t total = 64 * 1024 * 1024;
  asio::io_context io(1);
  run(
      io,
      [&]() -> task<> {
        auto options = test::client_defaults();
        options.max = GetParam();
        auto pair = co_await test::tls_pair(options, test::server_defaults(), 16 * 1024);
        if (!pair.client || !pair.server) {
          ADD_FAILURE() << pair.client_error.message();
          co_return;
        }
        const auto here = co_await asio::this_coro::executor;
        const auto data = pattern(1024 * 1024 + 77);
        bool partial = false;
        std::size_t running = 0;
        timer finished(here, time_point::max());
        using digest = sha256_digest;
        digest sent[2], received[2];

        const auto send = [&](transport& to, digest& out) -> task<> {
          running_sha256 hash;
          std::size_t left = total, at = 0, step = 1;
          while (left > 0) {
            for (int i = 0; i < 6 && left > 0; ++i) {
              step = step * 7919 % 16384 + 1;
              const auto n = std::min({step, left, data.size() - at});
              const auto part = bytes_view(data).subspan(at, n);
              hash.add(part);
              to.write_record(part);
              left -= n;
              at = (at + n) % data.size();
            }
            EXPECT_FALSE(to.flush());
            if (to.backlog() > 0) partial = true;
            EXPECT_FALSE(co_await to.drain());
          }
          out = hash.end();
          --running;
          finished.cancel();
        };
        const auto receive = [&](transport& from, digest& out) -> task<> {
          running_sha256 hash;
          std::size_t left = total;
          bytes room(io_buffers::size);
          while (left > 0) {
            const auto got = from.read_some(room);
            hash.add(bytes_view(room).first(got.size));
            left -= got.size;
            EXPECT_FALSE(got.error);
            if (got.error) break;
            if (got.size == 0) {
              EXPECT_FALSE(co_await from.wait_readable());
            }
          }
          out = hash.end();
          --running;
          finished.cancel();
        };
        running = 4;
        asio::co_spawn(here, send(*pair.client, sent[0]), asio::detached);
        asio::co_spawn(here, send(*pair.server, sent[1]), asio::detached);
        asio::co_spawn(here, receive(*pair.server, received[0]), asio::detached);
        asio::co_spawn(here, receive(*pair.client, received[1]), asio::detached);
        while (running > 0) co_await finished.async_wait(use_result);
        EXPECT_EQ(sent[0], received[0]);
        EXPECT_EQ(sent[1], received[1]);
        EXPECT_TRUE(partial);
        EXPECT_EQ(pair.client->held(), 0u);
        EXPECT_EQ(pair.server->held(), 0u);
      },
      240s);
}

TEST(stream, read_record_stops_at_the_records_end) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    auto pair = co_await test::tls_pair();
    for (const std::size_t size : {64, 1, 300})
      pair.client->write_record(pattern(size, static_cast<unsigned>(size)));
    pair.client->flush();
    bytes room(io_buffers::size);
    EXPECT_FALSE(co_await pair.server->wait_readable());
    EXPECT_EQ(pair.server->read_record(room).size, 64u);
    EXPECT_GT(pair.server->held(), 0u);                   // the others lie here
    EXPECT_FALSE(co_await pair.server->wait_readable());  // at once
    EXPECT_EQ(pair.server->read_record(room).size, 1u);
    EXPECT_EQ(pair.server->read_some(room).size, 300u);
    EXPECT_EQ(pair.server->read_some(room).size, 0u);
    EXPECT_EQ(pair.server->held(), 0u);
  });
}

TEST(stream, tiny_reads_lose_nothing) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    auto pair = co_await test::tls_pair();
    const auto data = pattern(60'000);
    for (std::size_t at = 0; at < data.size(); at += 1000) {
      pair.client->write_record(bytes_view(data).subspan(at, 1000));
    }
    pair.client->flush();
    bytes got;
    std::uint8_t room[7];
    while (got.size() < data.size()) {
      const auto n = pair.server->read_some(room);
      EXPECT_FALSE(n.error);
      if (n.size == 0) {
        EXPECT_FALSE(co_await pair.server->wait_readable());
      }
      append(got, bytes_view(room).first(n.size));
    }
    EXPECT_EQ(got, data);
    EXPECT_EQ(pair.server->held(), 0u);
  });
}

// A peer that sends as fast as one reads must not have the thread for itself.
TEST(stream, with_bytes_left_inside_others_get_their_turn_first) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    auto pair = co_await test::tls_pair();
    pair.client->write_record(pattern(100));
    pair.client->flush();
    EXPECT_FALSE(co_await pair.server->wait_readable());
    std::uint8_t room[50];
    EXPECT_EQ(pair.server->read_some(room).size, 50u);
    bool had_its_turn = false;
    asio::post(io, [&] { had_its_turn = true; });
    EXPECT_FALSE(co_await pair.server->wait_readable());
    EXPECT_TRUE(had_its_turn);
    EXPECT_EQ(pair.server->read_some(room).size, 50u);
  });
}

TEST(stream, an_empty_room_reads_nothing) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    auto pair = co_await test::tls_pair();
    pair.client->write_record(pattern(10));
    pair.client->flush();
    EXPECT_FALSE(co_await pair.server->wait_readable());
    const auto none = pair.server->read_some({});
    EXPECT_EQ(none.size, 0u);
    EXPECT_FALSE(none.error);
    std::uint8_t room[20];
    EXPECT_EQ(pair.server->read_some(room).size, 10u);
  });
}

TEST(stream, two_on_one_thread_may_write_by_turns) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    auto a = co_await test::tls_pair();
    auto b = co_await test::tls_pair();
    bytes to_a, to_b;
    for (unsigned i = 0; i < 40; ++i) {
      const auto one = pattern(1000 + i, i), two = pattern(500 + i, 100 + i);
      a.client->write_record(one);
      b.client->write_record(two);
      append(to_a, one);
      append(to_b, two);
      if (i % 7 == 0) {
        EXPECT_FALSE(a.client->flush());
      }
    }
    EXPECT_FALSE(a.client->flush());
    EXPECT_FALSE(b.client->flush());
    EXPECT_EQ((co_await test::read_exactly(*a.server, to_a.size())).first, to_a);
    EXPECT_EQ((co_await test::read_exactly(*b.server, to_b.size())).first, to_b);
    EXPECT_EQ(a.client->held() + b.client->held(), 0u);
  });
}

TEST(stream, one_that_ends_unflushed_does_not_disturb_the_next) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    auto a = co_await test::tls_pair();
    auto b = co_await test::tls_pair();
    a.client->write_record(pattern(1000));
    a.client.reset();
    const auto data = pattern(800, 3);
    co_await test::write_all(*b.client, data);
    EXPECT_EQ((co_await test::read_exactly(*b.server, data.size())).first, data);
  });
}

TEST(stream, what_the_kernel_refuses_stays_as_backlog) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    auto pair = co_await test::tls_pair(test::client_defaults(), test::server_defaults(), 8 * 1024);
    const auto data = pattern(512 * 1024);
    pair.client->write_record(data);
    EXPECT_FALSE(pair.client->flush());
    EXPECT_GT(pair.client->backlog(), 100'000u);
    EXPECT_GT(pair.client->held(), 0u);
    const auto here = co_await asio::this_coro::executor;
    bool drained = false;
    asio::co_spawn(
        here,
        [&]() -> task<> {
          EXPECT_FALSE(co_await pair.client->drain());
          drained = true;
        },
        asio::detached);
    EXPECT_EQ((co_await test::read_exactly(*pair.server, data.size())).first, data);
    while (!drained) co_await asio::post(here, use_task);
    EXPECT_EQ(pair.client->backlog(), 0u);
    EXPECT_EQ(pair.client->held(), 0u);
  });
}

TEST(stream, close_is_told_apart_from_a_bare_end) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    auto pair = co_await test::tls_pair();
    pair.client->write_record(pattern(100));
    pair.client->close();  // what was queued goes out first
    const auto got = co_await test::read_exactly(*pair.server, 100);
    EXPECT_EQ(got.first.size(), 100u);
    EXPECT_EQ(co_await test::read_error(*pair.server), asio::error::eof);
    EXPECT_EQ(co_await test::read_error(*pair.server), asio::error::eof);  // sticky
    EXPECT_FALSE(co_await pair.server->wait_readable());

    pair = co_await test::tls_pair();
    co_await test::write_all(*pair.client, pattern(100));
    pair.client.reset();  // as if the process had died
    EXPECT_EQ(co_await test::read_error(*pair.server), errc::tls_closed_without_notify);
  });
}

TEST(stream, close_with_unread_data_does_not_reset) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    auto pair = co_await test::tls_pair();
    co_await test::write_all(*pair.server, pattern(50'000));
    co_await test::write_all(*pair.client, pattern(100));
    EXPECT_FALSE(co_await pair.client->wait_readable());
    pair.client->close();
    EXPECT_EQ((co_await test::read_exactly(*pair.server, 100)).first.size(), 100u);
    EXPECT_EQ(co_await test::read_error(*pair.server), asio::error::eof);
  });
}

TEST(stream, abort_is_a_reset) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    auto pair = co_await test::tls_pair();
    pair.client->abort();
    EXPECT_EQ(co_await test::read_error(*pair.server), asio::error::connection_reset);
    pair.server->write_record(pattern(10));
    EXPECT_TRUE(pair.server->flush());
    EXPECT_EQ(pair.server->backlog(), 0u);
  });
}

TEST(stream, after_the_end_every_call_is_safe) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    for (const bool properly : {true, false}) {
      auto pair = co_await test::tls_pair();
      auto& one = *pair.client;
      for (int i = 0; i < 2; ++i) {
        if (properly) {
          one.close();
        } else {
          one.abort();
        }
      }
      std::uint8_t room[10];
      EXPECT_EQ(one.read_some(room).error, asio::error::operation_aborted);
      EXPECT_EQ(one.read_record(room).error, asio::error::operation_aborted);
      EXPECT_EQ(co_await one.wait_readable(), asio::error::operation_aborted);
      one.write_record(pattern(10));
      EXPECT_EQ(one.backlog(), 0u);
      EXPECT_EQ(one.flush(), asio::error::operation_aborted);
      EXPECT_EQ(co_await one.drain(), asio::error::operation_aborted);
      one.cancel();
      one.close();
      one.abort();
      EXPECT_EQ(one.native_handle(), -1);
      EXPECT_EQ(one.alpn() + one.version_name() + one.peer_certificate_sha256(), "");
      EXPECT_EQ(one.peer().substr(0, 10), "127.0.0.1:");
    }
  });
}

TEST(stream, cancel_close_and_abort_wake_the_waiters) {
  for (int how = 0; how < 3; ++how) {
    asio::io_context io(1);
    run(io, [&]() -> task<> {
      auto pair =
          co_await test::tls_pair(test::client_defaults(), test::server_defaults(), 8 * 1024);
      auto& one = *pair.client;
      one.write_record(bytes(512 * 1024, 1));
      const auto here = co_await asio::this_coro::executor;
      std::vector<error_code> woken;
      asio::co_spawn(
          here, [&]() -> task<> { woken.push_back(co_await one.wait_readable()); }, asio::detached);
      asio::co_spawn(
          here, [&]() -> task<> { woken.push_back(co_await one.drain()); }, asio::detached);
      timer pause(here, 20ms);
      co_await pause.async_wait(use_result);
      EXPECT_TRUE(woken.empty());
      if (how == 0) one.cancel();
      if (how == 1) one.close();
      if (how == 2) one.abort();
      for (int i = 0; i < 50 && woken.size() < 2; ++i) co_await asio::post(here, use_task);
      EXPECT_EQ(woken.size(), 2u);
      for (const auto& error : woken) EXPECT_EQ(error, asio::error::operation_aborted);
      if (how == 0) {  // the connection goes on
        const auto here2 = here;
        asio::co_spawn(here2, [&]() -> task<> { co_await one.drain(); }, asio::detached);
        EXPECT_EQ((co_await test::read_exactly(*pair.server, 512 * 1024)).first.size(),
                  512u * 1024);
      }
    });
  }
}

TEST(stream, broken_records_end_it) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    auto sockets = co_await test::connected_sockets();
    const int raw = ::dup(sockets.client.native_handle());
    auto pair = co_await test::handshake(std::move(sockets));
    std::uint8_t forged[5 + 40] = {23, 3, 3, 0, 40};
    EXPECT_EQ(::send(raw, forged, sizeof forged, MSG_NOSIGNAL),
              static_cast<ssize_t>(sizeof forged));
    ::close(raw);
    EXPECT_EQ(co_await test::read_error(*pair.server), errc::protocol_error);
    pair.server->write_record(pattern(10));
    EXPECT_TRUE(pair.server->flush());
    EXPECT_EQ(co_await test::read_error(*pair.client), errc::protocol_error);  // the alert
    pair.server->close();
  });
}

TEST(stream, idle_ones_hold_no_buffers) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    auto pair = co_await test::tls_pair();
    for (int i = 0; i < 3; ++i) {
      const auto data = pattern(64 * 1024);
      co_await test::write_all(*pair.client, data);
      co_await test::read_exactly(*pair.server, data.size());
      co_await test::write_all(*pair.server, data);
      co_await test::read_exactly(*pair.client, data.size());
    }
    EXPECT_EQ(pair.client->held(), 0u);
    EXPECT_EQ(pair.server->held(), 0u);
  });
}

}  // namespace
}  // namespace anytls::tls
