#include "config/sing_box_fields.h"

namespace anytls::config {

void require(const object_reader& in, std::string_view name, std::string_view what) {
  const node* n = in.place().value->find(name);
  if (!n || n->is_null())
    in.place().error(fmt::format("{} is missing: {}", name, what));
  else if (n->is_scalar() && n->text.empty())
    in.place().at(name, *n).error(fmt::format("must not be empty: {}", what));
}

}  // namespace anytls::config
