#include "server/user_table.h"

#include <gtest/gtest.h>

namespace anytls::server {
namespace {

bytes hash_of(std::string_view password) {
  const auto d = sha256(as_bytes(password));
  return {d.begin(), d.end()};
}

TEST(UserTable, FindsWhoWasAdded) {
  seeded_random random(1);
  user_table users(random);
  EXPECT_EQ(users.find(hash_of("a")), nullptr);
  users.add("alice", "a");
  users.add("", "b");
  ASSERT_NE(users.find(hash_of("a")), nullptr);
  EXPECT_EQ(users.find(hash_of("a"))->name, "alice");
  ASSERT_NE(users.find(hash_of("b")), nullptr);
  EXPECT_EQ(users.find(hash_of("b"))->name, "");
  EXPECT_EQ(users.find(hash_of("c")), nullptr);
  EXPECT_EQ(users.size(), 2u);
}

TEST(UserTable, EveryBitOfTheHashCounts) {
  seeded_random random(1);
  user_table users(random);
  users.add("alice", "a");
  auto hash = hash_of("a");
  for (std::size_t bit = 0; bit < 8 * hash.size(); ++bit) {
    hash[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    EXPECT_EQ(users.find(hash), nullptr) << bit;
    hash[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
  }
  EXPECT_NE(users.find(hash), nullptr);
}

TEST(UserTable, AHashOfAnotherLengthIsNobody) {
  seeded_random random(1);
  user_table users(random);
  users.add("alice", "a");
  auto hash = hash_of("a");
  hash.push_back(0);
  EXPECT_EQ(users.find(hash), nullptr);
  EXPECT_EQ(users.find(bytes_view(hash).first(31)), nullptr);
  EXPECT_EQ(users.find({}), nullptr);
}

TEST(UserTable, TheLastOfTwoWithOnePasswordCounts) {
  seeded_random random(1);
  user_table users(random);
  users.add("alice", "same");
  users.add("bob", "same");
  EXPECT_EQ(users.size(), 1u);
  EXPECT_EQ(users.find(hash_of("same"))->name, "bob");
}

TEST(StreamSlot, CountsWhileItLivesAndUpToTheLimit) {
  const auto alice = std::make_shared<user>("alice");
  auto first = stream_slot::take(alice, 2);
  auto second = stream_slot::take(alice, 2);
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(stream_slot::take(alice, 2));
  EXPECT_EQ(alice->streams, 2u);
  second.reset();
  EXPECT_EQ(alice->streams, 1u);
  auto moved = std::move(first);
  moved.reset();
  first.reset();
  EXPECT_EQ(alice->streams, 0u);
}

TEST(StreamSlot, ZeroIsNoLimit) {
  const auto alice = std::make_shared<user>("alice");
  std::vector<stream_slot> all;
  for (int i = 0; i < 1000; ++i) {
    auto one = stream_slot::take(alice, 0);
    ASSERT_TRUE(one);
    all.push_back(std::move(*one));
  }
  EXPECT_EQ(alice->streams, 1000u);
}

TEST(UserTable, ManyUsers) {
  seeded_random random(1);
  user_table users(random);
  for (int i = 0; i < 1000; ++i)
    users.add("user" + std::to_string(i), "password" + std::to_string(i));
  for (int i = 0; i < 1000; ++i) {
    const auto found = users.find(hash_of("password" + std::to_string(i)));
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->name, "user" + std::to_string(i));
  }
}

}  // namespace
}  // namespace anytls::server
