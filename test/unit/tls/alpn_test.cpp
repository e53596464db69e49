#include "tls/alpn.h"

#include <gtest/gtest.h>

namespace anytls::tls {
namespace {

const std::vector<std::string> none;
const std::vector<std::string> h2{"h2"};
const std::vector<std::string> h1{"http/1.1"};
const std::vector<std::string> both{"h2", "http/1.1"};
const std::vector<std::string> other{"acme-tls/1"};

std::string chosen(const std::vector<std::string>& ours, const std::vector<std::string>& theirs) {
  const auto offered = alpn_wire(theirs).value();
  const auto choice = choose_alpn(ours, offered);
  return choice.refuse ? "refused" : std::string(as_text(choice.name));
}

TEST(alpn, the_servers_order_decides) {
  EXPECT_EQ(chosen(both, {"http/1.1", "h2"}), "h2");
  EXPECT_EQ(chosen({"http/1.1", "h2"}, both), "http/1.1");
}

TEST(alpn, without_a_list_there_is_no_protocol) { EXPECT_EQ(chosen(none, both), ""); }

TEST(alpn, nothing_in_common_is_refused) {
  EXPECT_EQ(chosen(h2, other), "refused");
  EXPECT_EQ(chosen(h1, h2), "refused");
}

TEST(alpn, a_server_of_h2_lets_http1_in_without) { EXPECT_EQ(chosen(h2, h1), ""); }

TEST(alpn, a_name_that_begins_alike_is_another) { EXPECT_EQ(chosen(h2, {"h2c"}), "refused"); }

TEST(alpn, a_truncated_offer_is_not_read_past_its_end) {
  const std::uint8_t offered[] = {200, 'h', '2'};
  EXPECT_TRUE(choose_alpn(h2, offered).refuse);
}

TEST(alpn, names_have_1_to_255_bytes) {
  EXPECT_FALSE(alpn_wire({""}));
  EXPECT_FALSE(alpn_wire({std::string(256, 'a')}));
  EXPECT_EQ(alpn_wire(both).value(),
            (bytes{2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'}));
}

}  // namespace
}  // namespace anytls::tls
