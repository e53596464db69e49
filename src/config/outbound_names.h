#pragma once
// Every name that traffic can be sent to: served outbounds, groups, and what this version leaves
// out. Answers which outbound stands for a name.
//
// Flow: a group is its first usable member, in order, groups inside groups too. One rule keeps this
// safe: once a member has been passed over because it is not served, a direct or block outbound
// does not take its place.
// `[vmess-node, DIRECT]` must not send in the clear what was meant for a proxy.

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace anytls::config {

class outbound_names {
 public:
  enum class kind : unsigned char { proxy, plain, group, left_out };  ///< plain: direct or block

  /// False where the name is taken.
  bool add(const std::string& name, kind k, std::string type,
           std::vector<std::string> members = {});

  bool contains(std::string_view name) const { return entries_.find(name) != entries_.end(); }
  std::vector<std::string_view> names() const;

  struct answer {
    std::string tag;      ///< the outbound, empty where there is none
    std::string why_not;  ///< then: a sentence
    bool chosen = false;  ///< a group with a choice stood between
  };
  answer resolve(const std::string& name);

 private:
  struct entry {
    outbound_names::kind kind;
    std::string type;
    std::vector<std::string> members;
    enum class state : unsigned char { unknown, busy, done } at = state::unknown;
    answer result = {};
  };

  answer resolve(const std::string& name, std::size_t depth);
  answer resolve_group(const std::string& name, const entry& group, std::size_t depth);

  std::map<std::string, entry, std::less<>> entries_;
};

}  // namespace anytls::config
