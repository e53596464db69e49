#include "base/allocator.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

namespace anytls {
namespace {

std::size_t resident_kib() {
  std::size_t pages = 0, resident = 0;
  if (auto* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%zu %zu", &pages, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return resident * 4;
}

TEST(allocator, what_is_free_below_something_in_use_goes_back) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "another allocator";
#endif
  std::vector<std::unique_ptr<char[]>> blocks;
  for (int i = 0; i < 8000; ++i) {
    blocks.push_back(std::make_unique<char[]>(4000));
    std::memset(blocks.back().get(), 1, 4000);
  }
  const auto above = std::move(blocks.back());  // pins the top
  blocks.clear();
  const auto before = resident_kib();
  give_back_free_memory();
  EXPECT_LT(resident_kib() + 16 * 1024, before);
}

}  // namespace
}  // namespace anytls
