#pragma once
// Tables of fields: every name a form knows, and what becomes of it. A later issue that makes a
// field work changes its row, nothing else; the same tables are the source of the reference
// documentation.

#include "config/cursor.h"
#include "config/listed_field.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace anytls::config {

template <typename T>
struct field {
  std::string_view name;
  field_text text = {};
  anytls::config::status status = anytls::config::status::obeyed;
  void (*read)(const cursor& at, T& into) = nullptr;
  std::string_view consequence =
      {};  ///< refused: "without it ...", later: instead of "running without it"
  off_when off = off_when::empty;
};

/// Reads the members of one object against the tables it is given, then complains about the rest.
class object_reader {
 public:
  /// An error where `at` is not an object; then nothing is found in it.
  explicit object_reader(cursor at);

  bool ok() const noexcept { return at_.value->is_map(); }
  const cursor& place() const noexcept { return at_; }

  /// The member, null where it is missing or null. From now on its name is known here.
  const node* take(std::string_view name, field_text text = {});

  template <typename T, std::size_t N>
  object_reader& fields(const field<T> (&table)[N], T& into) {
    for (const auto& f : table) {
      list({{}, f.name, f.text, f.status, f.consequence, f.off});
      if (const node* n = find(f.name)) {
        const cursor member = at_.at(f.name, *n);
        if (f.status == status::obeyed)
          f.read(member, into);
        else
          not_obeyed(member, f.status, f.consequence, f.off);
      }
    }
    return *this;
  }

  /// Unknown names: an error in JSON, a warning in YAML. `note` is the prefix of names that are
  /// nobody's business.
  void finish(std::string_view note);

 private:
  void list(listed_field row) const;
  const node* find(std::string_view name);
  static void not_obeyed(const cursor& at, status s, std::string_view consequence, off_when off);

  cursor at_;
  std::vector<std::string_view> known_;
};

/// JSON keys that are notes begin with this; in YAML only at the top, with "x-".
inline constexpr std::string_view json_note = "_";

/// Keys that stand twice in one object, anywhere in the tree.
void refuse_duplicates(const cursor& root);

bool is_off(const node& n, off_when off) noexcept;

}  // namespace anytls::config
