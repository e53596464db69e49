#include "tls/hello_fragments.h"

#include "support/tls_pair.h"
#include "tls/library.h"

#include <gmock/gmock.h>
#include <boost/asio/write.hpp>

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <set>

namespace anytls::tls {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr fragment_options in_segments{.segments = true};
constexpr fragment_options in_records{.records = true};
constexpr fragment_options in_both{.segments = true, .records = true};

/// A ClientHello as the library sends it; empty `name` = without the extension.
bytes real_hello(const std::string& name) {
  const owned<SSL_CTX> ctx(new_context());
  const owned<SSL> ssl(new_connection(ctx.get()));
  if (!name.empty()) SSL_set_tlsext_host_name(ssl.get(), name.c_str());
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_connect(ssl.get());
  char* data = nullptr;
  const auto size = BIO_get_mem_data(SSL_get_wbio(ssl.get()), &data);
  return bytes(data, data + size);
}

void put_sized(bytes& to, std::size_t length_size, const bytes& content) {
  for (auto i = length_size; i-- > 0;)
    to.push_back(static_cast<std::uint8_t>(content.size() >> 8 * i));
  append(to, content);
}

bytes extension(int type, const bytes& content) {
  bytes out{static_cast<std::uint8_t>(type >> 8), static_cast<std::uint8_t>(type)};
  put_sized(out, 2, content);
  return out;
}

bytes name_extension(std::string_view name) {
  bytes entry{0}, list;
  put_sized(entry, 2, bytes(name.begin(), name.end()));
  put_sized(list, 2, entry);
  return extension(0, list);
}

/// A handshake message with these extensions.
bytes hello_message(const bytes& extensions) {
  bytes body(2 + 32, 3);
  put_sized(body, 1, bytes(32, 4));
  put_sized(body, 2, {0x13, 0x01});
  put_sized(body, 1, {0});
  put_sized(body, 2, extensions);
  bytes out{1};
  put_sized(out, 3, body);
  return out;
}

bytes records_of(const bytes& message, std::size_t each = 16384) {
  bytes out;
  for (std::size_t at = 0; at < message.size(); at += each) {
    append(out, bytes{22, 3, 1});
    const auto part = bytes_view(message).subspan(at, std::min(each, message.size() - at));
    put_sized(out, 2, bytes(part.begin(), part.end()));
  }
  return out;
}

bytes joined(const std::vector<bytes>& pieces) {
  bytes out;
  for (const auto& one : pieces) append(out, one);
  return out;
}

/// Payloads of the records of a flight.
std::vector<bytes> payloads(const bytes& flight) {
  std::vector<bytes> out;
  for (std::size_t at = 0; at < flight.size();) {
    const std::size_t size = get_u16(&flight[at + 3]);
    EXPECT_LE(size, 16384u);
    EXPECT_GT(size, 0u);
    out.emplace_back(flight.begin() + static_cast<std::ptrdiff_t>(at + 5),
                     flight.begin() + static_cast<std::ptrdiff_t>(at + 5 + size));
    at += 5 + size;
  }
  return out;
}

bool holds(const bytes& data, std::string_view text) {
  return as_text(data).find(text) != std::string_view::npos;
}

class hello_fragments : public testing::Test {
 protected:
  seeded_random random_{1};
  std::vector<bytes> cut(const bytes& flight, fragment_options how) {
    return cut_hello(flight, how, random_);
  }
};

TEST_F(hello_fragments, a_name_is_cut_inside_every_label_but_the_last) {
  std::set<std::size_t> seen;
  for (int i = 0; i < 100; ++i) {
    const auto cuts = cuts_in_name("www.example.com", random_);
    ASSERT_THAT(cuts, SizeIs(2));
    EXPECT_TRUE(cuts[0] >= 1 && cuts[0] <= 2) << cuts[0];
    EXPECT_TRUE(cuts[1] >= 5 && cuts[1] <= 10) << cuts[1];
    seen.insert(cuts[1]);
  }
  EXPECT_THAT(seen, SizeIs(6));  // every place inside the label
}

TEST_F(hello_fragments, names_of_one_label_and_of_short_ones) {
  EXPECT_THAT(cuts_in_name("localhost", random_), SizeIs(1));
  EXPECT_THAT(cuts_in_name("t.co", random_), ElementsAre(3));
  EXPECT_THAT(cuts_in_name("ab.cd.", random_), ElementsAre(1));
  EXPECT_THAT(cuts_in_name("x", random_), IsEmpty());
  EXPECT_THAT(cuts_in_name("", random_), IsEmpty());
  EXPECT_THAT(cuts_in_name("...", random_), IsEmpty());
}

TEST_F(hello_fragments, of_many_labels_the_last_ones_are_cut) {
  std::string name;
  for (int i = 0; i < 60; ++i) name += "ab.";
  const auto cuts = cuts_in_name(name + "org", random_);
  ASSERT_THAT(cuts, SizeIs(most_cuts));
  EXPECT_EQ(cuts.back(), name.size() - 2);
}

TEST_F(hello_fragments, segments_joined_are_what_the_library_wrote) {
  const auto flight = real_hello("www.secret.example");
  const auto pieces = cut(flight, in_segments);
  EXPECT_THAT(pieces, SizeIs(3));
  EXPECT_EQ(joined(pieces), flight);
  for (const auto& one : pieces) EXPECT_FALSE(holds(one, "secret") || holds(one, "www"));
}

TEST_F(hello_fragments, records_joined_are_the_same_message) {
  const auto flight = real_hello("www.secret.example");
  const auto pieces = cut(flight, in_records);
  ASSERT_THAT(pieces, SizeIs(1));
  const auto parts = payloads(pieces[0]);
  EXPECT_THAT(parts, SizeIs(3));
  EXPECT_EQ(joined(parts), joined(payloads(flight)));
  for (const auto& one : parts) EXPECT_FALSE(holds(one, "secret") || holds(one, "www"));
}

TEST_F(hello_fragments, with_both_each_segment_is_one_record) {
  const auto pieces = cut(real_hello("www.secret.example"), in_both);
  ASSERT_THAT(pieces, SizeIs(3));
  for (const auto& one : pieces) EXPECT_THAT(payloads(one), SizeIs(1));
}

TEST_F(hello_fragments, what_has_no_name_stays_whole) {
  for (const auto& flight : {real_hello(""), records_of(hello_message({})), bytes(), bytes{22},
                             bytes{23, 3, 3, 0, 1, 7}, bytes{21, 3, 1, 0, 2, 2, 40}}) {
    for (const auto& how : {in_segments, in_records, in_both})
      EXPECT_THAT(cut(flight, how), ElementsAre(flight));
  }
}

TEST_F(hello_fragments, nothing_asked_for_changes_nothing) {
  const auto flight = real_hello("www.secret.example");
  EXPECT_THAT(cut(flight, {}), ElementsAre(flight));
}

TEST_F(hello_fragments, a_name_at_the_very_end) {
  auto extensions = extension(43, {2, 3, 4});
  append(extensions, name_extension("secret.example"));
  const auto flight = records_of(hello_message(extensions));
  const auto pieces = cut(flight, in_segments);
  EXPECT_THAT(pieces, SizeIs(2));
  EXPECT_EQ(joined(pieces), flight);
}

TEST_F(hello_fragments, a_hello_of_several_records) {
  auto extensions = extension(51, bytes(10000, 7));
  append(extensions, name_extension("secret.example"));
  append(extensions, extension(21, bytes(20000, 0)));
  const auto message = hello_message(extensions);
  const auto name = find_server_name(message);
  ASSERT_TRUE(name);
  // Record boundaries before, inside and after the name, and at its very ends.
  for (const auto each : {std::size_t{16384}, name->at, name->at + 3, name->at + name->size,
                          std::size_t{1000}, std::size_t{7}}) {
    const auto flight = records_of(message, each);
    EXPECT_EQ(joined(cut(flight, in_segments)), flight) << each;
    const auto pieces = cut(flight, in_both);
    const auto parts = payloads(joined(pieces));
    EXPECT_EQ(joined(parts), message) << each;
    EXPECT_THAT(pieces, SizeIs(2));
    for (const auto& one : parts) EXPECT_FALSE(holds(one, "secret")) << each;
  }
}

TEST_F(hello_fragments, a_second_hello_after_a_change_of_ciphers) {
  bytes flight{20, 3, 3, 0, 1, 1};
  append(flight, records_of(hello_message(name_extension("secret.example"))));
  append(flight, bytes{23, 3, 3, 0, 1, 9});
  const auto segments = cut(flight, in_segments);
  EXPECT_THAT(segments, SizeIs(2));
  EXPECT_EQ(joined(segments), flight);
  EXPECT_THAT(payloads(cut(flight, in_records).at(0)), SizeIs(4));
}

TEST_F(hello_fragments, a_truncated_hello_stays_whole) {
  const auto flight = records_of(hello_message(name_extension("secret.example")));
  for (std::size_t size = 0; size < flight.size(); ++size) {
    const bytes part(flight.begin(), flight.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_THAT(cut(part, in_both), ElementsAre(part)) << size;
    const bytes message(
        flight.begin() + 5,
        flight.begin() + 5 + static_cast<std::ptrdiff_t>(std::min(size, flight.size() - 6)));
    EXPECT_FALSE(find_server_name(message)) << size;
  }
}

TEST_F(hello_fragments, lengths_that_lie_are_survived) {
  const auto good = records_of(hello_message(name_extension("secret.example")));
  for (std::size_t at = 0; at < good.size(); ++at)
    for (const std::uint8_t value : {0x00, 0x01, 0x7f, 0xff}) {
      auto flight = good;
      flight[at] = value;
      EXPECT_EQ(joined(cut(flight, in_segments)), flight);
      cut(flight, in_both);
    }
}

TEST_F(hello_fragments, other_kinds_of_names_are_passed_over) {
  bytes list;
  append(list, bytes{7, 0, 2, 'n', 'o', 0, 0, 3, 'y', 'e', 's'});
  bytes content;
  put_sized(content, 2, list);
  const auto message = hello_message(extension(0, content));
  const auto name = find_server_name(message);
  ASSERT_TRUE(name);
  EXPECT_EQ(as_text(bytes_view(message).subspan(name->at, name->size)), "yes");
}

// The driver.

client_options in_pieces(duration fallback) {
  auto out = test::client_defaults();
  out.fragment = {.segments = true, .fallback_delay = fallback};
  return out;
}

TEST(hello_in_pieces, a_refusal_in_the_middle_is_noticed_at_once) {
  asio::io_context io{1};
  test::run(io, [&]() -> task<> {
    for (const bool reset : {true, false}) {
      auto sockets = co_await test::connected_sockets();
      auto refuse = [&]() -> task<> {
        co_await sockets.server.async_wait(tcp_socket::wait_read, use_result);
        if (reset) {
          sockets.server.set_option(asio::socket_base::linger(true, 0));
          sockets.server.close();
        } else {
          const bytes alert{21, 3, 1, 0, 2, 2, 40};
          co_await asio::async_write(sockets.server, asio::buffer(alert), use_result);
        }
      };
      asio::co_spawn(io, refuse(), asio::detached);
      const auto began = clock::now();
      const auto made = co_await stream::connect(std::move(sockets.client),
                                                 client_context::make(in_pieces(1h)).value(), 50s);
      EXPECT_LT(clock::now() - began, 20s);
      EXPECT_FALSE(made);
      EXPECT_NE(made.error(), errc::tls_handshake_timeout);
    }
  });
}

TEST(hello_in_pieces, the_deadline_of_the_handshake_holds) {
  asio::io_context io{1};
  test::run(io, [&]() -> task<> {
    for (const auto fallback : {duration(1h), duration::max(), duration(30ms)}) {
      auto sockets = co_await test::connected_sockets();
      const auto made = co_await stream::connect(
          std::move(sockets.client), client_context::make(in_pieces(fallback)).value(), 100ms);
      EXPECT_EQ(made.error(), errc::tls_handshake_timeout);
    }
  });
}

TEST(hello_in_pieces, handshakes_of_either_version_succeed) {
  asio::io_context io{1};
  test::run(io, [&]() -> task<> {
    for (const auto max : {version::tls1_2, version::tls1_3}) {
      auto client = in_pieces(1ms);
      client.fragment.records = true;
      auto server = test::server_defaults();
      server.max = max;
      const auto pair = co_await test::tls_pair(client, server);
      EXPECT_TRUE(pair.client && pair.server) << pair.client_error.message();
    }
  });
}

}  // namespace
}  // namespace anytls::tls
