#include "server/leftovers.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace anytls::server {
namespace {

struct rig {
  std::shared_ptr<leftovers> all = std::make_shared<leftovers>(2);
  std::vector<int> cut;
  int alice = 0, bob = 0;

  auto place(int* user, int number) {
    return std::make_unique<leftovers::place>(all, user, [this, number] { cut.push_back(number); });
  }
};

TEST(Leftovers, TheOldestOfTheSameUserIsCut) {
  rig r;
  const auto a = r.place(&r.alice, 1), other = r.place(&r.bob, 2), b = r.place(&r.alice, 3);
  EXPECT_TRUE(r.cut.empty());
  const auto c = r.place(&r.alice, 4);
  EXPECT_EQ(r.cut, (std::vector{1}));
  const auto d = r.place(&r.alice, 5);
  EXPECT_EQ(r.cut, (std::vector{1, 3}));
  EXPECT_EQ(r.all->count(&r.alice), 2u);
  EXPECT_EQ(r.all->count(&r.bob), 1u);
  EXPECT_EQ(r.all->cut(), 2u);
}

TEST(Leftovers, APlaceThatIsLeftIsFree) {
  rig r;
  auto a = r.place(&r.alice, 1);
  const auto b = r.place(&r.alice, 2);
  a.reset();
  const auto c = r.place(&r.alice, 3);
  EXPECT_TRUE(r.cut.empty());
}

TEST(Leftovers, WhoIsCutMayEndAtOnce) {
  rig r;
  std::optional<leftovers::place> first;
  first.emplace(r.all, &r.alice, [&] { first.reset(); });
  const auto b = r.place(&r.alice, 2), c = r.place(&r.alice, 3);
  EXPECT_FALSE(first);
  EXPECT_EQ(r.all->count(&r.alice), 2u);
}

TEST(Leftovers, NothingIsLeftBehind) {
  rig r;
  r.place(&r.alice, 1);
  EXPECT_EQ(r.all->count(&r.alice), 0u);
}

}  // namespace
}  // namespace anytls::server
