#include "config/suggest.h"

#include <gtest/gtest.h>

#include <array>

namespace anytls::config {
namespace {

TEST(suggest, the_nearest_known_name) {
  constexpr std::array<std::string_view, 4> known{"idle_session_timeout", "min_idle_session",
                                                  "server", "tls"};
  EXPECT_EQ(nearest("idle_sesion_timeout", known), "idle_session_timeout");
  EXPECT_EQ(nearest("idle-session-timeout", known), "idle_session_timeout");
  EXPECT_EQ(nearest("Server", known), "server");
  EXPECT_EQ(nearest("sevrer", known), "server");
  EXPECT_EQ(nearest("tsl", known), "tls");
  EXPECT_EQ(nearest("banana", known), "");
  EXPECT_EQ(nearest("", known), "");
  EXPECT_EQ(nearest(std::string(10'000, 's'), known), "");
}

TEST(suggest, quoting_is_safe_for_a_terminal) {
  EXPECT_EQ(in_quotes("plain"), "\"plain\"");
  EXPECT_EQ(in_quotes("a\x1b[31mb\n"), "\"a?[31mb?\"");
  EXPECT_EQ(in_quotes(std::string(100, 'x')), "\"" + std::string(60, 'x') + "...\"");
  // not cut inside a character
  EXPECT_EQ(in_quotes(std::string(59, 'x') + "\xc3\xa9\xc3\xa9"),
            "\"" + std::string(59, 'x') + "...\"");
}

}  // namespace
}  // namespace anytls::config
