#pragma once
// The padding scheme: how large the first TLS records of a session are (docs/spec/protocol.md §1
// and §4).
//
// Flow: parse() once; per session preamble_padding() for packet 0, then for write i = 1, 2, ...
// plan() decides the records and append_record() builds each of them, in order. The caller hands
// each record to TLS as one write and must merge or split none, except that a record over 16,384
// bytes takes several TLS records: the caller splits it.
//
// The text comes from a server, at worst a hostile one: length, lines and items are bounded, and so
// is what one plan can make the client send (max_items * (max_size + 7) bytes on top of the
// payload).

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace anytls::protocol {

/// One TLS record to be: `payload_bytes` of the payload, then (has_waste) a Waste frame with
/// `waste_data` zero bytes.
struct record {
  std::size_t payload_bytes = 0;
  std::size_t waste_data = 0;  ///< 0..65535, without the 7 bytes of the frame's header
  bool has_waste = false;

  std::size_t size() const noexcept;  ///< plaintext bytes in all
  bool operator==(const record&) const = default;
};

/// The records of one write. Keep one and pass it again: it then allocates only when it grows.
struct record_plan {
  std::vector<record> records;

  auto begin() const noexcept { return records.begin(); }
  auto end() const noexcept { return records.end(); }
  std::size_t size() const noexcept { return records.size(); }
  bool empty() const noexcept { return records.empty(); }
  bool operator==(const record_plan&) const = default;
};

class padding_scheme {
 public:
  /// Bytes of text; what one UpdatePaddingScheme frame can carry.
  static constexpr std::size_t max_text = 65535;
  /// Items of one line.
  static constexpr std::size_t max_items = 256;
  /// A larger size is cut to this: its Waste frame must have a length.
  static constexpr std::uint32_t max_size = 65535;
  /// The preamble must fit one TLS record.
  static constexpr std::size_t max_preamble_padding = 16350;

  /// errc::protocol_error without a numeric stop (0..2^32-1, digits only), or over a bound.
  /// Anything else that makes no sense is skipped, as deployed peers do. Of two lines with one key
  /// the last counts.
  static result<padding_scheme> parse(std::string_view raw);

  /// The scheme that both ends know from the start.
  static const padding_scheme& default_scheme();

  /// The text, byte for byte: a trailing newline makes a different scheme.
  const std::string& raw() const noexcept { return raw_; }

  /// Lower-case hex md5 of raw(), as `padding-md5` carries it.
  const std::string& md5() const noexcept { return md5_; }

  /// Writes numbered stop() and above are sent as they are.
  std::uint32_t stop() const noexcept { return stop_; }

  /// Bytes of padding0, 0..max_preamble_padding: the first size of line 0; 0 without a line or if a
  /// `c` comes first.
  std::size_t preamble_padding(random_source& random) const;

  /// The records of write `write_index` (from 1) with `payload_size` bytes of whole frames, in the
  /// order to send. The payload_bytes add up to payload_size. Without a line for the write, one
  /// record that is the payload; no payload and no sizes: no record. Replaces what `out` held.
  void plan(std::uint32_t write_index, std::size_t payload_size, random_source& random,
            record_plan& out) const;

  /// Appends the bytes of one record. `payload_part` must be the next `payload_bytes` of the
  /// payload.
  static void append_record(bytes& out, const record& r, bytes_view payload_part);

 private:
  // A size in [low, high), or exactly low where low == high, or the check mark `c` where low == 0.
  struct item {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    bool is_check() const noexcept { return low == 0; }
    std::size_t draw(random_source& random) const;
  };
  struct line {
    std::uint32_t index = 0;
    std::vector<item> items;
  };

  static bool parse_items(std::string_view text, std::vector<item>& out);
  const line* find(std::uint32_t index) const noexcept;

  std::string raw_;
  std::string md5_;
  std::uint32_t stop_ = 0;
  std::vector<line> lines_;  // sorted by index
};

}  // namespace anytls::protocol
