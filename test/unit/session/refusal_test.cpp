#include "session/refusal.h"

#include <boost/asio/error.hpp>

#include <string>

namespace anytls::session {
namespace {

TEST(refusal, texts_of_our_own_server) {
  for (const auto why :
       {errc::name_not_found, errc::name_resolution_failed, errc::no_address, errc::target_refused,
        errc::connect_timeout, errc::blocked, errc::target_unreachable})
    EXPECT_EQ(reason_of(make_error_code(why).message()), why) << make_error_code(why).message();
}

TEST(refusal, texts_of_the_system) {
  const std::pair<error_code, errc> cases[] = {
      {asio::error::connection_refused, errc::target_refused},
      {asio::error::host_unreachable, errc::target_unreachable},
      {asio::error::network_unreachable, errc::target_unreachable},
      {asio::error::network_down, errc::target_unreachable},
      {asio::error::timed_out, errc::connect_timeout},
      {asio::error::access_denied, errc::blocked},
      {asio::error::host_not_found, errc::name_not_found},
      {asio::error::connection_reset, errc::target_refused},
  };
  for (const auto& [given, means] : cases)
    EXPECT_EQ(reason_of(given.message()), means) << given.message();
  EXPECT_EQ(reason_of("Temporary failure in name resolution"), errc::name_resolution_failed);
}

TEST(refusal, texts_of_go) {
  const std::pair<const char*, errc> cases[] = {
      {"dial tcp 127.0.0.1:1: connect: connection refused", errc::target_refused},
      {"dial tcp: lookup a.invalid: no such host", errc::name_not_found},
      {"dial tcp: lookup a.example on 192.0.2.1:53: no such host", errc::name_not_found},
      {"dial tcp: lookup a.example on 192.0.2.1:53: server misbehaving",
       errc::name_resolution_failed},
      {"dial tcp: lookup a.example: i/o timeout", errc::name_resolution_failed},
      {"dial tcp 192.0.2.1:80: i/o timeout", errc::connect_timeout},
      {"dial tcp 192.0.2.1:80: connect: connection timed out", errc::connect_timeout},
      {"context deadline exceeded", errc::connect_timeout},
      {"dial tcp 192.0.2.1:80: operation was canceled", errc::connect_timeout},
      {"dial tcp [2001:db8::1]:80: connect: network is unreachable", errc::target_unreachable},
      {"dial tcp 192.0.2.1:80: connect: no route to host", errc::target_unreachable},
  };
  for (const auto& [text, means] : cases) EXPECT_EQ(reason_of(text), means) << text;
}

TEST(refusal, case_does_not_matter) {
  EXPECT_EQ(reason_of("NAME NOT FOUND"), errc::name_not_found);
  EXPECT_EQ(reason_of("No Route To Host"), errc::target_unreachable);
}

TEST(refusal, anything_else_is_a_refusal) {
  for (const auto* text : {"", "no", "teapot", "malformed target address",
                           "dial tcp name-not-found.example:1: teapot"})
    EXPECT_EQ(reason_of(text), errc::target_refused) << text;
  EXPECT_EQ(reason_of(std::string("\0\xff\x80", 3)), errc::target_refused);
}

}  // namespace
}  // namespace anytls::session
