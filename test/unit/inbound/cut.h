#pragma once
// Ways to cut an input: not at all, at each single byte, and into single bytes.

#include <cstddef>
#include <numeric>
#include <vector>

namespace anytls::inbound {

/// Each element: ascending offsets at which the input is cut.
inline std::vector<std::vector<std::size_t>> every_cut(std::size_t size) {
  std::vector<std::vector<std::size_t>> out{{}};
  for (std::size_t at = 1; at < size; ++at) out.push_back({at});
  if (size > 1) {
    std::vector<std::size_t> all(size - 1);
    std::iota(all.begin(), all.end(), std::size_t{1});
    out.push_back(std::move(all));
  }
  return out;
}

}  // namespace anytls::inbound
