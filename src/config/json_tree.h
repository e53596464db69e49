#pragma once
// JSON text -> node tree, with comments and trailing commas. Members keep their order, and keys
// that are there twice are both kept: who reads the tree refuses them.

#include "config/node.h"

#include <string>
#include <string_view>

namespace anytls::config {

struct tree {
  node_ptr root;      ///< null where the text is not well-formed
  std::string error;  ///< then: a sentence that says what and where
  std::uint32_t line = 0;
};

tree parse_json(std::string_view text);

}  // namespace anytls::config
