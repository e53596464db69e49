#pragma once
// HTTPS records (RFC 9460, type 65) in an answer of DNS, as far as Encrypted ClientHello needs them
// (RFC 9848). Pure; the answer is the network's and may be anything.

#include "base/bytes.h"
#include "base/result.h"

namespace anytls::net {

inline constexpr int https_record_type = 65;

struct https_answer {
  /// The `ech` parameter of the record with the lowest priority that has one: an ECHConfigList, not
  /// looked into. Empty = no record has one.
  bytes ech;
  std::uint32_t ttl = 0;  ///< seconds; the least of all records of the answer
  bool operator==(const https_answer&) const = default;
};

/// `message`: a whole answer. The section of answers alone counts, whatever its names: what they
/// are aliases of, the server that was asked has followed. Records that cannot be used are passed
/// over: AliasMode (priority 0), and those that demand a parameter unknown here.
/// errc::name_resolution_failed for what is malformed or cut off.
result<https_answer> parse_https_answer(bytes_view message);

}  // namespace anytls::net
