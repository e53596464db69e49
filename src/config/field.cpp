#include "config/field.h"

#include "config/suggest.h"
#include "config/value.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace anytls::config {
namespace {

bool is_true(const node& n) noexcept {
  return n.text == "true" || n.text == "True" || n.text == "yes";
}

void walk(const cursor& at, std::string& path, std::unordered_set<const node*>& seen) {
  const node& n = *at.value;
  if (n.is_scalar() || !seen.insert(&n).second) return;
  const auto length = path.size();
  for (std::size_t i = 0; i < n.items.size(); ++i) {
    fmt::format_to(std::back_inserter(path), "[{}]", i);
    walk({at.out, n.items[i].get(), {}, at.weak}, path, seen);
    path.resize(length);
  }
  std::unordered_set<std::string_view> keys;
  for (const auto& m : n.members) {
    if (!path.empty()) path += '.';
    path += m.key;
    if (!keys.insert(m.key).second && !(m.key.starts_with(json_note) && !at.weak))
      at.out->error(path, m.line, "this key is there twice");
    walk({at.out, m.value.get(), {}, at.weak}, path, seen);
    path.resize(length);
  }
}

}  // namespace

bool is_off(const node& n, off_when off) noexcept {
  switch (n.type) {
    case node::kind::null:
      return true;
    case node::kind::boolean:
      return n.text == "false";
    case node::kind::integer:
    case node::kind::real:
      return n.text == "0";
    case node::kind::string:
      return n.text.empty();
    case node::kind::plain:
      return n.text.empty() || n.text == "false" || n.text == "False" || n.text == "0";
    case node::kind::list:
      return n.items.empty();
    case node::kind::map:
      break;
  }
  if (n.members.empty()) return true;
  const node* sw = n.find("enabled");
  if (!sw) sw = n.find("enable");  // mihomo's word
  if (sw) return !is_true(*sw);
  return off == off_when::not_switched;
}

object_reader::object_reader(cursor at) : at_(std::move(at)) {
  if (!ok()) at_.error(fmt::format("expected an object, found {}", kind_in_words(*at_.value)));
}

const node* object_reader::take(std::string_view name, field_text text) {
  list({{}, name, text, status::obeyed, {}, off_when::empty});
  return find(name);
}

void object_reader::list(listed_field row) const {
  auto* into = at_.out->listing();
  if (!into) return;
  row.place = at_.path;
  into->push_back(std::move(row));
}

const node* object_reader::find(std::string_view name) {
  known_.push_back(name);
  const node* n = at_.value->find(name);
  return n && !n->is_null() ? n : nullptr;
}

void object_reader::not_obeyed(const cursor& at, status s, std::string_view consequence,
                               off_when off) {
  if (s == status::accepted || is_off(*at.value, off)) return;
  if (s == status::refused)
    at.error(fmt::format("not available yet, and without it {}", consequence));
  else
    at.warning(fmt::format("not available yet, {}",
                           consequence.empty() ? "running without it" : consequence));
}

void object_reader::finish(std::string_view note) {
  // A file of unknown names only must not cost a comparison of each with all.
  std::size_t left = report::most_messages;
  std::unordered_set<std::string_view> known(known_.begin(), known_.end());
  for (const auto& m : at_.value->members) {
    if (known.contains(m.key) || (!note.empty() && m.key.starts_with(note))) continue;
    if (left-- == 0) break;
    const auto near = nearest(m.key, known_);
    const auto name = in_quotes(m.key);
    const auto place = at_.at(name.substr(1, name.size() - 2), *m.value);
    const auto sentence = near.empty() ? std::string("unknown field")
                                       : fmt::format("unknown field, did you mean {}?", near);
    if (at_.weak)
      at_.out->warning(place.path, m.line,
                       sentence + (near.empty() ? ", it is ignored" : " It is ignored"));
    else
      at_.out->error(place.path, m.line, sentence);
  }
}

void refuse_duplicates(const cursor& root) {
  std::string path;
  std::unordered_set<const node*> seen;
  walk(root, path, seen);
}

}  // namespace anytls::config
