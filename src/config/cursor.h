#pragma once
// A place in a tree: the node, its path for messages, and where messages go.

#include "config/node.h"
#include "config/report.h"

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace anytls::config {

struct cursor {
  report* out = nullptr;
  const node* value = nullptr;
  std::string path;
  bool weak =
      false;  ///< YAML: scalars are read as whatever is asked for, unknown fields are a warning

  cursor at(std::string_view key, const node& child) const {
    return {out, &child, path.empty() ? std::string(key) : fmt::format("{}.{}", path, key), weak};
  }
  cursor at(std::size_t index) const {
    return {out, value->items[index].get(), fmt::format("{}[{}]", path, index), weak};
  }

  void error(std::string_view sentence) const {
    out->error(path, value ? value->line : 0, sentence);
  }
  void warning(std::string_view sentence) const {
    out->warning(path, value ? value->line : 0, sentence);
  }
};

}  // namespace anytls::config
