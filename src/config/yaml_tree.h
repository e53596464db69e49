#pragma once
// YAML text -> node tree. Built from yaml-cpp's events rather than its nodes: the events show keys
// that are there twice, the line of everything, and let an alias bomb be stopped while it is still
// small.
//
// Against hostile files: nesting ends at max_depth while the parser descends; an alias shares its
// node, and what aliases and `<<` repeat is counted as if it were written out, at most max_repeated
// nodes.
// `<<` is applied here: a map or a list of maps, own keys win, earlier maps of a list win over
// later ones.

#include "config/json_tree.h"

#include <cstddef>
#include <string_view>

namespace anytls::config {

inline constexpr std::size_t max_repeated = 500'000;

tree parse_yaml(std::string_view text);

}  // namespace anytls::config
