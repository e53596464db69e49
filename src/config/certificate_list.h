#pragma once
// `certificates` of a server, in both forms. An option of ours: sing-box and mihomo serve one.

#include "config/field.h"
#include "config/tls_model.h"
#include "config/value.h"

#include <vector>

namespace anytls::config {

/// How a form writes it.
struct certificate_words {
  std::string_view certificate_missing;
  std::string_view key_missing;
  std::string_view note;  ///< as of object_reader::finish()
};

template <std::size_t N>
void read_certificates(const cursor& at, const field<tls_identity> (&table)[N],
                       const certificate_words& words, std::vector<tls_identity>& into) {
  if (!at.value->is_list())
    return at.error(fmt::format("expected a list of certificates with their keys, found {}",
                                kind_in_words(*at.value)));
  for (std::size_t i = 0; i < at.value->items.size(); ++i) {
    object_reader in(at.at(i));
    if (!in.ok()) continue;
    auto& one = into.emplace_back();
    in.fields(table, one);
    in.finish(words.note);
    if (one.certificate.empty() && one.certificate_path.empty())
      in.place().error(words.certificate_missing);
    if (one.key.empty() && one.key_path.empty()) in.place().error(words.key_missing);
  }
}

}  // namespace anytls::config
