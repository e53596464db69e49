#pragma once
// The tree that both forms are read into, so that fields are read in one way. Strict (JSON) or weak
// (YAML) reading is decided by the readers of value.h, not here.
//
// Nodes are shared: a YAML alias is the anchored node itself. They are never cyclic, at most
// max_depth deep, and what aliases and merge keys repeat is bounded when the tree is built
// (yaml_tree.h): walking a tree is safe.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace anytls::config {

inline constexpr std::size_t max_depth = 64;

struct node;
using node_ptr = std::shared_ptr<const node>;

struct member {
  std::string key;
  node_ptr value;
  std::uint32_t line = 0;
};

struct node {
  /// `plain` is a YAML scalar without quotes: it may be read as anything.
  enum class kind : std::uint8_t { null, boolean, integer, real, string, plain, list, map };

  node::kind type = kind::null;
  std::string text;             ///< scalars: as written (booleans "true" or "false")
  std::vector<node_ptr> items;  ///< list
  std::vector<member> members;  ///< map; keys may be there twice, readers refuse that
  std::uint32_t line = 0;       ///< from 1; 0 = not known (JSON)
  std::size_t weight = 1;       ///< nodes in this subtree, shared ones counted each time

  bool is_null() const noexcept { return type == kind::null; }
  bool is_list() const noexcept { return type == kind::list; }
  bool is_map() const noexcept { return type == kind::map; }
  bool is_scalar() const noexcept { return !is_list() && !is_map(); }

  /// The first member of that name, or null.
  const node* find(std::string_view key) const noexcept {
    for (const auto& m : members)
      if (m.key == key) return m.value.get();
    return nullptr;
  }
};

}  // namespace anytls::config
