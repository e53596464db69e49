#include "protocol/auth.h"

#include "protocol/padding_scheme.h"

#include <algorithm>

namespace anytls::protocol {

bytes make_preamble(const sha256_digest& hash, std::size_t padding) {
  padding = std::min(padding, padding_scheme::max_preamble_padding);
  bytes out(preamble_header_size + padding);
  std::copy(hash.begin(), hash.end(), out.begin());
  put_u16(out.data() + hash.size(), static_cast<std::uint16_t>(padding));
  return out;
}

preamble_reader::verdict preamble_reader::start(bytes_view first_record) noexcept {
  if (first_record.size() < preamble_header_size) return verdict::not_a_client;
  std::copy_n(first_record.begin(), hash_.size(), hash_.begin());
  has_hash_ = true;
  padding_left_ = get_u16(first_record.data() + hash_.size());
  return take_padding(first_record, preamble_header_size);
}

preamble_reader::verdict preamble_reader::more(bytes_view input) noexcept {
  return take_padding(input, 0);
}

preamble_reader::verdict preamble_reader::take_padding(bytes_view input,
                                                       std::size_t offset) noexcept {
  const auto taken = std::min(padding_left_, input.size() - offset);
  padding_left_ -= taken;
  consumed_ = offset + taken;
  return padding_left_ == 0 ? verdict::complete : verdict::need_more;
}

}  // namespace anytls::protocol
