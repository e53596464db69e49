#include "protocol/padding_scheme.h"

#include "base/digest.h"
#include "protocol/frame.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

namespace anytls::protocol {
namespace {

constexpr std::string_view default_text =
    "stop=8\n"
    "0=30-30\n"
    "1=100-400\n"
    "2=400-500,c,500-1000,c,500-1000,c,500-1000,c,500-1000\n"
    "3=9-9,500-1000\n"
    "4=500-1000\n"
    "5=500-1000\n"
    "6=500-1000\n"
    "7=500-1000";

// Digits only, the whole text. A number over 64 bits counts as none.
std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

// Cuts off what comes before the next separator (or the rest) from the front of `text`.
std::string_view cut(std::string_view& text, char separator) {
  const auto at = text.find(separator);
  const auto part = text.substr(0, at);
  text = at == text.npos ? std::string_view() : text.substr(at + 1);
  return part;
}

}  // namespace

std::size_t record::size() const noexcept {
  return payload_bytes + (has_waste ? frame_header_size + waste_data : 0);
}

// False over max_items. Items that make no sense are left out.
bool padding_scheme::parse_items(std::string_view text, std::vector<item>& out) {
  while (!text.empty()) {
    const auto word = cut(text, ',');
    if (word == "c") {
      out.push_back({});
    } else if (const auto dash = word.find('-'); dash != word.npos) {
      const auto a = number(word.substr(0, dash));
      const auto b = number(word.substr(dash + 1));
      if (!a || !b || *a == 0 || *b == 0) continue;
      const auto [low, high] = std::minmax(*a, *b);
      out.push_back({static_cast<std::uint32_t>(std::min<std::uint64_t>(low, max_size)),
                     static_cast<std::uint32_t>(std::min<std::uint64_t>(high, max_size))});
    }
    if (out.size() > max_items) return false;
  }
  return true;
}

result<padding_scheme> padding_scheme::parse(std::string_view raw) {
  if (raw.size() > max_text) return errc::protocol_error;
  padding_scheme scheme;
  std::optional<std::uint64_t> stop;
  for (auto text = raw; !text.empty();) {
    auto value = cut(text, '\n');
    if (value.find('=') == value.npos) continue;
    const auto key = cut(value, '=');
    if (key == "stop") {
      stop = number(value);
      continue;
    }
    const auto index = number(key);
    if (!index || *index > std::numeric_limits<std::uint32_t>::max()) continue;
    if (key.size() > 1 && key.front() == '0')
      continue;  // deployed peers look the line up as "1", never "01"
    line parsed{static_cast<std::uint32_t>(*index), {}};
    if (!parse_items(value, parsed.items)) return errc::protocol_error;
    scheme.lines_.push_back(std::move(parsed));
  }
  if (!stop || *stop > std::numeric_limits<std::uint32_t>::max()) return errc::protocol_error;
  scheme.stop_ = static_cast<std::uint32_t>(*stop);

  // One line per index, the last of the text: sorted so that find() need not walk thousands of
  // lines for each write.
  auto& lines = scheme.lines_;
  std::reverse(lines.begin(), lines.end());
  std::stable_sort(lines.begin(), lines.end(),
                   [](const line& a, const line& b) { return a.index < b.index; });
  lines.erase(std::unique(lines.begin(), lines.end(),
                          [](const line& a, const line& b) { return a.index == b.index; }),
              lines.end());

  scheme.raw_ = raw;
  scheme.md5_ = md5_hex(as_bytes(raw));
  return scheme;
}

const padding_scheme& padding_scheme::default_scheme() {
  static const padding_scheme scheme = parse(default_text).value();
  return scheme;
}

const padding_scheme::line* padding_scheme::find(std::uint32_t index) const noexcept {
  const auto found =
      std::lower_bound(lines_.begin(), lines_.end(), index,
                       [](const line& l, std::uint32_t wanted) { return l.index < wanted; });
  return found != lines_.end() && found->index == index ? &*found : nullptr;
}

std::size_t padding_scheme::item::draw(random_source& random) const {
  return low == high ? low : static_cast<std::size_t>(random.between(low, high - 1));
}

std::size_t padding_scheme::preamble_padding(random_source& random) const {
  const auto* found = find(0);
  if (!found || found->items.empty() || found->items.front().is_check()) return 0;
  return std::min(found->items.front().draw(random), max_preamble_padding);
}

void padding_scheme::plan(std::uint32_t write_index, std::size_t payload_size,
                          random_source& random, record_plan& out) const {
  out.records.clear();
  auto left = payload_size;
  if (const auto* found = write_index < stop_ ? find(write_index) : nullptr) {
    for (const auto& next : found->items) {
      if (next.is_check()) {
        if (left == 0) return;
        continue;
      }
      const auto size = next.draw(random);
      if (left > size) {
        out.records.push_back({size, 0, false});
        left -= size;
      } else if (left == 0) {
        out.records.push_back({0, size, true});
      } else {
        // The record has exactly `size` bytes where header and at least one byte of waste still
        // fit.
        const bool fits = size > left + frame_header_size;
        out.records.push_back({left, fits ? size - left - frame_header_size : 0, fits});
        left = 0;
      }
    }
  }
  if (left > 0) out.records.push_back({left, 0, false});
}

void padding_scheme::append_record(bytes& out, const record& r, bytes_view payload_part) {
  append(out, payload_part);
  if (!r.has_waste) return;
  const auto data = std::min(r.waste_data, max_frame_data);
  std::uint8_t header[frame_header_size];
  encode_header(header, command::waste, 0, static_cast<std::uint16_t>(data));
  append(out, header);
  out.resize(out.size() + data);
}

}  // namespace anytls::protocol
