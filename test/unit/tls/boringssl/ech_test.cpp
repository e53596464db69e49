// Encrypted ClientHello, between our two ends.
#include "tls/ech.h"

#include "chain.h"
#include "support/tls_pair.h"

#include <gmock/gmock.h>

#include <sys/socket.h>
#include <fstream>

namespace anytls::tls {
namespace {

using test::run;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* inner = "test.example";
constexpr const char* outer = "public.example";

struct ends {
  std::shared_ptr<client_context> client;
  std::shared_ptr<server_context> server;
};

class ech : public testing::Test {
 protected:
  static const test::authority& ca() {
    static const test::authority one;
    return one;
  }

  /// Its certificate is good for the inner and the public name.
  static server_options server(const ech_key_pair& keys,
                               const std::string& names = "DNS:test.example,DNS:public.example") {
    server_options out;
    const auto leaf = ca().issue({.alternative_names = names});
    out.certificate_pem = leaf.certificate_pem;
    out.key_pem = leaf.key_pem;
    out.ech_key_pem = keys.keys_pem;
    return out;
  }
  static client_options client(const ech_key_pair& keys) {
    client_options out;
    out.server_name = inner;
    out.certificate_pem = ca().certificate_pem();
    out.ech = {.enabled = true, .config = keys.configs_pem};
    return out;
  }
  static ends make(client_options c, server_options s) {
    return {client_context::make(std::move(c)).value(), server_context::make(std::move(s)).value()};
  }
  static ech_key_pair new_keys() { return make_ech_keys(outer).value(); }

  /// One handshake, and a byte each way so that tickets arrive.
  static task<test::tls_outcome> connect(const ends& of) {
    auto pair = co_await test::handshake(co_await test::connected_sockets(), of.client, of.server);
    if (pair.client && pair.server) {
      const bytes one{1};
      co_await test::write_all(*pair.client, one);
      EXPECT_EQ((co_await test::read_exactly(*pair.server, 1)).first, one);
      co_await test::write_all(*pair.server, one);
      EXPECT_EQ((co_await test::read_exactly(*pair.client, 1)).first, one);
    }
    co_return pair;
  }

  asio::io_context io_{1};
  const ech_key_pair keys_ = new_keys();
};

TEST_F(ech, is_accepted_by_the_server_with_the_key) {
  run(io_, [&]() -> task<> {
    const auto pair = co_await connect(make(client(keys_), server(keys_)));
    EXPECT_EQ(pair.client_error, error_code{});
    EXPECT_TRUE(pair.client && pair.client->ech_accepted());
    EXPECT_TRUE(pair.server && pair.server->ech_accepted());
  });
}

TEST_F(ech, a_client_without_it_is_served_as_ever) {
  run(io_, [&]() -> task<> {
    auto plain = client(keys_);
    plain.ech = {};
    const auto pair = co_await connect(make(plain, server(keys_)));
    EXPECT_TRUE(pair.client && !pair.client->ech_accepted());
  });
}

TEST_F(ech, the_server_name_is_not_in_the_hello) {
  run(io_, [&]() -> task<> {
    for (const bool on : {true, false}) {
      auto options = client(keys_);
      options.ech.enabled = on;
      auto sockets = co_await test::connected_sockets();
      bytes seen(16 * 1024);
      auto watching = [&]() -> task<> {
        EXPECT_FALSE(
            std::get<0>(co_await sockets.server.async_wait(tcp_socket::wait_read, use_result)));
        const auto n = ::recv(sockets.server.native_handle(), seen.data(), seen.size(), 0);
        seen.resize(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
        sockets.server.close();
      };
      asio::co_spawn(io_, watching(), asio::detached);
      const auto made = co_await stream::connect(std::move(sockets.client),
                                                 client_context::make(options).value(), 20s);
      EXPECT_FALSE(made);
      const std::string text(as_text(seen));
      EXPECT_EQ(text.find(inner) == text.npos, on);
      EXPECT_EQ(text.find(outer) == text.npos, !on);
    }
  });
}

TEST_F(ech, later_handshakes_are_resumed) {
  run(io_, [&]() -> task<> {
    const auto both = make(client(keys_), server(keys_));
    for (const bool resumed : {false, true, true}) {
      const auto pair = co_await connect(both);
      EXPECT_TRUE(pair.client && pair.client->ech_accepted());
      EXPECT_EQ(pair.client && pair.client->resumed(), resumed);
    }
  });
}

TEST_F(ech, a_ticket_from_before_is_no_way_around_a_rejection) {
  run(io_, [&]() -> task<> {
    auto both = make(client(keys_), server(keys_));
    EXPECT_TRUE((co_await connect(both)).client);
    both.server = server_context::make(server(new_keys())).value();
    EXPECT_EQ((co_await connect(both)).client_error, errc::ech_rejected);
    const auto again = co_await connect(both);
    EXPECT_TRUE(again.client && again.client->ech_accepted());
    const auto resumed = co_await connect(both);
    EXPECT_TRUE(resumed.client && resumed.client->resumed() && resumed.client->ech_accepted());
  });
}

TEST_F(ech, what_the_server_says_instead_is_used_next_and_remembered) {
  run(io_, [&]() -> task<> {
    const auto both = make(client(keys_), server(new_keys()));
    const auto first = co_await connect(both);
    EXPECT_EQ(first.client_error, errc::ech_rejected);
    for (int i = 0; i < 3; ++i) {
      const auto pair = co_await connect(both);
      EXPECT_TRUE(pair.client && pair.client->ech_accepted()) << pair.client_error.message();
    }
  });
}

TEST_F(ech, a_list_that_was_published_anew_is_used_instead_of_what_was_remembered) {
  run(io_, [&]() -> task<> {
    auto options = client(keys_);
    options.ech.config.clear();
    const auto of = [](const ech_key_pair& keys) {
      return read_ech_options({.enabled = true, .config = keys.configs_pem}).value();
    };
    const auto third = new_keys();
    auto both = make(options, server(new_keys()));
    const auto with = [&](const ech_key_pair& keys) -> task<error_code> {
      auto sockets = co_await test::connected_sockets();
      auto serving = [](tcp_socket s, std::shared_ptr<server_context> c) -> task<> {
        co_await stream::accept(std::move(s), std::move(c), 20s);
      };
      asio::co_spawn(io_, serving(std::move(sockets.server), both.server), asio::detached);
      const auto made = co_await stream::connect(std::move(sockets.client), both.client, 20s,
                                                 offer_alpn::yes, of(keys));
      co_return made ? error_code{} : made.error();
    };
    EXPECT_EQ(co_await with(keys_), errc::ech_rejected);
    EXPECT_EQ(co_await with(keys_), error_code{});
    both.server = server_context::make(server(third)).value();
    EXPECT_EQ(co_await with(third), error_code{});
  });
}

TEST_F(ech, without_a_list_nothing_is_sent) {
  run(io_, [&]() -> task<> {
    auto options = client(keys_);
    options.ech.config.clear();
    const auto context = client_context::make(options).value();
    EXPECT_TRUE(context->ech().needs_lookup());
    auto sockets = co_await test::connected_sockets();
    const auto made = co_await stream::connect(std::move(sockets.client), context, 20s);
    EXPECT_EQ(made.error(), errc::ech_no_config);
    std::uint8_t byte;
    EXPECT_EQ(::recv(sockets.server.native_handle(), &byte, 1, 0), 0);
  });
}

TEST_F(ech, a_server_that_has_disabled_it_is_said_to_have) {
  run(io_, [&]() -> task<> {
    auto both = make(client(keys_), server({}));
    EXPECT_EQ((co_await connect(both)).client_error, errc::ech_disabled);
    // And when it has it again, with the key of then, it works again.
    both.server = server_context::make(server(keys_)).value();
    EXPECT_TRUE((co_await connect(both)).client);
  });
}

TEST_F(ech, nobody_but_the_public_name_may_replace_a_list) {
  run(io_, [&]() -> task<> {
    const auto other = new_keys();
    for (const auto* names : {"DNS:test.example", "DNS:elsewhere.example"}) {
      const auto both = make(client(keys_), server(other, names));
      EXPECT_EQ((co_await connect(both)).client_error, errc::certificate_wrong_name) << names;
      EXPECT_EQ((co_await connect(both)).client_error, errc::certificate_wrong_name) << names;
    }
    auto unknown = client(keys_);
    unknown.certificate_pem = test::authority("Another").certificate_pem();
    EXPECT_EQ((co_await connect(make(unknown, server(other)))).client_error,
              errc::certificate_untrusted);
  });
}

TEST_F(ech, the_public_name_alone_does_not_let_a_server_in) {
  run(io_, [&]() -> task<> {
    const auto both = make(client(keys_), server(keys_, "DNS:public.example"));
    EXPECT_EQ((co_await connect(both)).client_error, errc::certificate_wrong_name);
  });
}

TEST_F(ech, a_pin_holds_for_a_rejection_too) {
  run(io_, [&]() -> task<> {
    auto options = client(keys_);
    options.certificate_sha256 = std::string(64, '0');
    EXPECT_EQ((co_await connect(make(options, server(new_keys())))).client_error,
              errc::certificate_wrong_pin);
  });
}

TEST_F(ech, works_without_a_server_name_and_in_pieces) {
  run(io_, [&]() -> task<> {
    auto options = client(keys_);
    options.disable_sni = true;
    options.fragment = {.segments = true, .records = true, .fallback_delay = 1ms};
    const auto pair = co_await connect(make(options, server(keys_)));
    EXPECT_TRUE(pair.client && pair.client->ech_accepted());
  });
}

TEST_F(ech, a_list_is_taken_as_pem_as_base64_and_from_a_file) {
  auto base64 = keys_.configs_pem;
  base64.erase(0, base64.find('\n') + 1);
  base64.erase(base64.find("-----END"));
  const auto list = read_ech_options({.enabled = true, .config = keys_.configs_pem});
  ASSERT_TRUE(list);
  EXPECT_EQ(read_ech_options({.enabled = true, .config = base64}).value(), *list);
  const auto path = testing::TempDir() + "ech-configs.pem";
  std::ofstream(path) << keys_.keys_pem << keys_.configs_pem;  // among others
  EXPECT_EQ(read_ech_options({.enabled = true, .config_path = path}).value(), *list);
  EXPECT_TRUE(read_ech_options({.enabled = false, .config = "nonsense"}).value().empty());
}

TEST_F(ech, what_is_no_list_is_refused) {
  auto cut = keys_.configs_pem;
  cut.erase(40, 4);
  for (const auto& bad : {std::string("nonsense"), std::string("AAAA"), std::string("AAA="),
                          keys_.keys_pem, cut, std::string("-----BEGIN ECH CONFIGS-----\n")}) {
    EXPECT_EQ(read_ech_options({.enabled = true, .config = bad}).error(), errc::bad_ech_config)
        << bad;
    auto options = client(keys_);
    options.ech.config = bad;
    EXPECT_EQ(client_context::make(options).error(), errc::bad_ech_config);
  }
  EXPECT_EQ(read_ech_options({.enabled = true, .config_path = "/nowhere"}).error(),
            errc::unreadable_file);
}

TEST_F(ech, a_list_of_a_version_to_come_is_not_used_and_the_name_not_sent) {
  run(io_, [&]() -> task<> {
    auto options = client(keys_);
    options.ech.config = "AAj+/gAEAQIDBA==";
    EXPECT_EQ((co_await connect(make(options, server(keys_)))).client_error, errc::bad_ech_config);
  });
}

TEST_F(ech, needs_tls_1_3) {
  auto options = client(keys_);
  options.max = version::tls1_2;
  EXPECT_FALSE(client_context::make(options));
}

TEST_F(ech, bad_keys_are_refused) {
  const auto other = new_keys();
  auto mixed = other.keys_pem;  // the key of one, the configuration of the other
  mixed.replace(28, 32, keys_.keys_pem, 28, 32);
  for (const auto& bad :
       {std::string("nonsense"), keys_.configs_pem, mixed, keys_.keys_pem.substr(0, 60)}) {
    auto options = server(keys_);
    options.ech_key_pem = bad;
    EXPECT_EQ(server_context::make(options).error(), errc::bad_ech_keys) << bad;
  }
  auto options = server(keys_);
  options.ech_key_pem.clear();
  options.ech_key_path = "/nowhere";
  EXPECT_EQ(server_context::make(options).error(), errc::unreadable_file);
}

TEST_F(ech, keys_are_made_for_names_only) {
  EXPECT_THAT(keys_.configs_pem, HasSubstr("-----BEGIN ECH CONFIGS-----\n"));
  EXPECT_THAT(keys_.keys_pem, HasSubstr("-----BEGIN ECH KEYS-----\n"));
  EXPECT_NE(new_keys().keys_pem, keys_.keys_pem);
  for (const auto* bad : {"", "192.0.2.1", ".", "a..b", "-"})
    EXPECT_FALSE(make_ech_keys(bad)) << bad;
}

}  // namespace
}  // namespace anytls::tls
