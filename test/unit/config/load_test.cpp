#include "texts.h"

#include <boost/json.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace anytls::config {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

fs::path configs() {
#ifdef ANYTLS_SOURCE_DIR
  return fs::path(ANYTLS_SOURCE_DIR) / "test" / "configs";
#else
  return fs::path(__FILE__).parent_path() / "../../configs";
#endif
}

json::value read_json(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return json::parse(text.str());
}

/// What must be said about each file, besides the options that this version does not act on yet.
/// Nothing else may be.
const std::map<std::string, lines> expected_warnings{
    {"singbox/basic.json", {"5 sessions are re-made every 60 s"}},
    {"singbox/high-availability.json", {"5 sessions are re-made every 60 s"}},
    {"singbox/low-latency.json", {"3 sessions are re-made every 60 s"}},
    {"singbox/nat.json", {"5 sessions are re-made every 60 s"}},
    {"singbox/small.json", {"2 sessions are re-made every 150 s"}},
    {"mihomo/conservative.yaml", {"5 sessions are re-made every 60 s"}},
    {"mihomo/jitter-only.yaml",
     {"connection-lifetime-jitter does nothing without max-connection-lifetime"}},
    {"mihomo/rate-limited.yaml", {"1 session is re-made every 60 s"}},
    {"mihomo/overrides.yaml",
     {"\"high-availability-proxy\" stands for \"PROXY\"", "the pool never rotates",
      "ensure-idle-session-create-rate does nothing without ensure-idle-session"}},
    {"mihomo/subscription.yaml", {"\"standard-1\" stands for \"PROXY\""}},
    {"mihomo/real-world.yaml",
     {"dns (line 8)", "external-controller (line 6)",
      "proxies: type vmess is not available yet, 1 proxy is left out",
      "\"node 1 \xf0\x9f\x87\xb8\xf0\x9f\x87\xaa\" stands for \"PROXY\"",
      "2 rules other than MATCH are not available yet", "10 sessions are re-made every 60 s"}},
};

TEST(configs, all_pass_and_equal_the_oracle) {
  const auto oracle = read_json(configs() / "effective.json").as_object();
  std::size_t files = 0;
  for (const char* folder : {"singbox", "mihomo"})
    for (const auto& entry : fs::directory_iterator(configs() / folder)) {
      ++files;
      const auto name = std::string(folder) + "/" + entry.path().filename().string();
      SCOPED_TRACE(name);
      const auto l = load_file(entry.path().string());
      lines left;
      if (const auto found = expected_warnings.find(name); found != expected_warnings.end())
        left = found->second;
      for (const auto& m : l.messages) {
        EXPECT_EQ(m.severity, severity::warning) << m.text;
        if (m.text.find("this version does not act on") != std::string::npos) continue;
        if (is_about_the_build(m.text)) continue;
        const auto hit = std::find_if(left.begin(), left.end(), [&](const auto& part) {
          return m.text.find(part) != std::string::npos;
        });
        if (hit == left.end())
          ADD_FAILURE() << "not expected: " << m.text;
        else
          left.erase(hit);
      }
      for (const auto& missing : left) ADD_FAILURE() << "not said: " << missing;
      ASSERT_TRUE(l.value);
      EXPECT_TRUE(l.value->final());

      const auto effective = json::parse(effective_json(*l.value)).as_object();
      const auto* wanted = oracle.if_contains(name);
      if (!wanted) {  // a server's file
        EXPECT_TRUE(effective.empty());
        continue;
      }
      ASSERT_EQ(effective.size(), wanted->as_object().size());
      for (const auto& outbound : wanted->as_object()) {
        const auto* ours = effective.if_contains(outbound.key());
        ASSERT_TRUE(ours) << outbound.key();
        for (const auto& option : outbound.value().as_object()) {
          const auto* value = ours->as_object().if_contains(option.key());
          ASSERT_TRUE(value) << option.key();
          EXPECT_EQ(value->to_number<double>(), option.value().to_number<double>())
              << outbound.key() << " " << option.key();
          EXPECT_EQ(value->kind() == json::kind::double_,
                    option.value().kind() == json::kind::double_);
        }
      }
    }
  EXPECT_GE(files, 22u);
}

TEST(configs, more_files_of_ours_pass) {
  for (const auto& entry : fs::directory_iterator(configs() / "more")) {
    const auto l = load_file(entry.path().string());
    EXPECT_TRUE(l.value) << entry.path();
    for (const auto& text : texts_of(l, severity::error)) ADD_FAILURE() << text;
  }
}

TEST(effective, shows_no_password_and_whole_numbers) {
  auto c =
      must_load(json_outbound(R"("idle_session_check_interval": "500ms", "client": "a \"b\"")"));
  const auto text = effective_json(c);
  EXPECT_EQ(text.find("s3cr3t"), std::string::npos);
  EXPECT_NE(text.find("\"idle_session_check_interval\": 0.5,"), std::string::npos);
  EXPECT_NE(text.find("\"idle_session_timeout\": 30,"), std::string::npos);
  EXPECT_NE(text.find("\"client\": \"a \\\"b\\\"\""), std::string::npos);
  EXPECT_EQ(json::parse(text).at("out").at("client").as_string(), "a \"b\"");
}

TEST(load, forms_are_told_apart_by_content) {
  EXPECT_EQ(
      must_load("\xef\xbb\xbf \n// note\n/* and { */ {\"outbounds\": [{\"type\": \"direct\"}]}")
          .form,
      form::sing_box);
  EXPECT_EQ(must_load("# {\nmixed-port: 1080\n").form, form::mihomo);
  EXPECT_EQ(must_load("\xef\xbb\xbf"
                      "mixed-port: 1080\n")
                .form,
            form::mihomo);
}

TEST(load, files_that_cannot_be_read) {
  EXPECT_EQ(texts_of(load_file("/no/such/file.json"), severity::error),
            lines{"/no/such/file.json: No such file or directory"});
  EXPECT_EQ(texts_of(load_file("/"), severity::error), lines{"/: Is a directory"});
  EXPECT_EQ(json_errors(""), lines{"c.json: the file is empty"});
  EXPECT_EQ(yaml_errors("# nothing\n"), lines{"c.yaml: the file is empty"});
  EXPECT_EQ(yaml_errors("YW55dGxzOi8v"),
            lines{"c.yaml: line 1: this is neither a sing-box JSON object nor a mihomo YAML map"});
}

}  // namespace
}  // namespace anytls::config
