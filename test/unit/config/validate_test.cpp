#include "texts.h"

namespace anytls::config {
namespace {

/// Warnings but the one about options that this version does not act on yet.
lines contradictions(std::string_view members) {
  lines out;
  for (const auto& text : json_warnings(json_outbound(members)))
    if (text.find("does not act on") == std::string::npos) out.push_back(text);
  return out;
}

TEST(validate, contradictions_between_pool_options) {
  const std::string at = "c.json: outbounds[0]: ";
  EXPECT_EQ(contradictions(R"("ensure_idle_session_create_rate": 1)"),
            lines{at + "ensure_idle_session_create_rate does nothing without ensure_idle_session: "
                       "no sessions are "
                       "made ahead of use"});
  EXPECT_EQ(contradictions(R"("connection_lifetime_jitter": "1m")"),
            lines{at + "connection_lifetime_jitter does nothing without max_connection_lifetime: "
                       "sessions are not "
                       "closed for their age"});
  EXPECT_EQ(
      contradictions(R"("connection_lifetime_jitter": "1h", "max_connection_lifetime": "1h")"),
      lines{at + "connection_lifetime_jitter (3600 s) is not less than max_connection_lifetime "
                 "(3600 s): some "
                 "sessions will be closed 1 s after they were made"});
  EXPECT_EQ(contradictions(R"("ensure_idle_session": 5)"),
            lines{at + "5 sessions are re-made every 60 s, used or not: idle_session_timeout is "
                       "only 30 s; write 5m "
                       "or more, or raise min_idle_session"});
  EXPECT_EQ(contradictions(R"("ensure_idle_session": 5, "min_idle_session": 5)"), lines{});
  EXPECT_EQ(contradictions(R"("ensure_idle_session": 5, "idle_session_timeout": "5m")"), lines{});
  EXPECT_EQ(
      contradictions(
          R"("ensure_idle_session": 5, "idle_session_timeout": "5m", "max_connection_lifetime": "1h",
                              "min_idle_session_for_age": 5)"),
      lines{at + "the pool never rotates: min_idle_session_for_age protects 5 idle sessions from "
                 "closing for "
                 "their age, ensure_idle_session asks for 5"});
  EXPECT_EQ(
      contradictions(
          R"("ensure_idle_session": 10, "idle_session_timeout": "5m", "max_connection_lifetime": "1m",
                              "ensure_idle_session_create_rate": 1)"),
      lines{at + "rotation cannot keep up: 10 sessions at 1 every 30 s take 300 s, "
                 "max_connection_lifetime is "
                 "60 s"});
}

TEST(validate, extreme_values_do_not_overflow) {
  EXPECT_EQ(contradictions(
                R"("ensure_idle_session": 4294967295, "ensure_idle_session_create_rate": 4294967295,
                              "idle_session_check_interval": "1ns", "idle_session_timeout": "299s")")
                .size(),
            1u);
  EXPECT_EQ(
      contradictions(R"("ensure_idle_session": 4294967295, "ensure_idle_session_create_rate": 1,
                              "idle_session_check_interval": "106751d", "max_connection_lifetime": "106751d")")
          .size(),
      2u);
}

TEST(validate, the_same_warning_of_many_proxies_is_said_once) {
  std::string text = "mixed-port: 1\nproxies:\n";
  for (int i = 0; i < 50; ++i)
    text += fmt::format(
        "- {{name: p{}, type: anytls, server: h, port: 1, password: p, smux: {{enabled: true}}}}\n",
        i);
  EXPECT_EQ(yaml_warnings(text + "rules: ['MATCH,p0']\n"),
            lines{"c.yaml: proxies[0].smux (line 3): not available yet, running without it (and in "
                  "49 other places)"});
}

TEST(validate, messages_are_limited) {
  std::string text = "{";
  for (int i = 0; i < 5000; ++i) text += fmt::format("{}\"unknown{}\": [1]", i ? "," : "", i);
  const auto messages = load_text("c.json", text + "}").messages;
  EXPECT_LE(messages.size(), 101u);
}

}  // namespace
}  // namespace anytls::config
