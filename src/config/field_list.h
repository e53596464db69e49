#pragma once
// Every field that the readers know, asked from the readers themselves: samples with an element of
// each type are read, and each table that a reader looks into is written down. `anytls options`,
// the table in docs/en/configuration.md and the tests of every field are made from this.

#include "config/listed_field.h"
#include "config/model.h"

#include <string>
#include <string_view>
#include <vector>

namespace anytls::config {

/// In the order in which the readers look, each field once; `place` has the type of an element
/// where a file has its number: "outbounds[anytls].tls".
std::vector<listed_field> list_fields(form which);

/// The sample: an object that is valid in that form and has every place.
std::string sample_text(form which);

/// "supported", "no effect", "warned" (left out with a warning) or "refused" (an error).
std::string_view name(status s) noexcept;

}  // namespace anytls::config
