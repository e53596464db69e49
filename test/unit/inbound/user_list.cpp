#include "inbound/user_list.h"

#include <gtest/gtest.h>

namespace anytls::inbound {
namespace {

TEST(user_list, name_and_password_belong_together) {
  const user_list users{{{"alice", "1"}, {"bob", "2"}, {"", "3"}}};
  EXPECT_TRUE(users.required());
  EXPECT_TRUE(users.matches("alice", "1"));
  EXPECT_TRUE(users.matches("bob", "2"));
  EXPECT_TRUE(users.matches("", "3"));
  EXPECT_FALSE(users.matches("alice", "2"));
  EXPECT_FALSE(users.matches("alice", ""));
  EXPECT_FALSE(users.matches("", ""));
}

TEST(user_list, empty_asks_nobody) {
  EXPECT_FALSE(user_list().required());
  EXPECT_FALSE(user_list().matches("", ""));
}

}  // namespace
}  // namespace anytls::inbound
