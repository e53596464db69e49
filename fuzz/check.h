#pragma once
// A broken promise of the code under test ends the fuzzer, in every kind of build.

#include "base/bytes.h"

#include <cstdio>
#include <cstdlib>

#define CHECK(condition)                                                           \
  do {                                                                             \
    if (!(condition)) {                                                            \
      std::fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                \
    }                                                                              \
  } while (false)

namespace anytls {

// Takes one byte, 0 at the end: fuzzers use it to choose a cut or a seed.
inline std::uint8_t take_byte(bytes_view& input) {
  if (input.empty()) return 0;
  const auto first = input.front();
  input = input.subspan(1);
  return first;
}

}  // namespace anytls
