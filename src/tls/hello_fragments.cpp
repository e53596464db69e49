#include "tls/hello_fragments.h"

#include <algorithm>

namespace anytls::tls {
namespace {

constexpr std::uint8_t handshake_record = 22;
constexpr std::uint8_t client_hello = 1;
constexpr std::size_t server_name = 0;
constexpr std::uint8_t host_name = 0;
constexpr std::size_t header = 5;

/// Walks through vectors of a message and always knows where it is. A read beyond the end fails
/// this one and all that follow.
class reader {
 public:
  reader(bytes_view data, std::size_t from, std::size_t to) : data_(data), at_(from), end_(to) {}

  std::size_t number(std::size_t size) {
    if (!has(size)) return 0;
    std::size_t value = 0;
    for (; size > 0; --size) value = value << 8 | data_[at_++];
    return value;
  }
  void skip(std::size_t size) {
    if (has(size)) at_ += size;
  }
  /// What lies behind its own length; then this reader stands after it.
  reader vector(std::size_t length_size) {
    const auto size = number(length_size);
    if (!has(size)) return {data_, end_, end_};
    at_ += size;
    return {data_, at_ - size, at_};
  }
  bool ok() const { return ok_; }
  bool more() const { return ok_ && at_ < end_; }
  std::size_t at() const { return at_; }
  std::size_t left() const { return end_ - at_; }

 private:
  bool has(std::size_t size) {
    ok_ = ok_ && end_ - at_ >= size;
    return ok_;
  }

  bytes_view data_;
  std::size_t at_, end_;
  bool ok_ = true;
};

/// A handshake message that lies in one record or several: where its parts are in the flight.
struct message {
  bytes content;
  std::vector<std::size_t> starts;  ///< of each record's part, within `content`
  std::size_t begin = 0, end = 0;   ///< all its records in the flight
};

/// The first run of handshake records; empty where there is none or a record is not whole.
message first_message(bytes_view flight) {
  message out;
  for (std::size_t at = 0; at < flight.size();) {
    if (flight.size() - at < header) return {};
    const std::size_t size = get_u16(&flight[at + 3]);
    if (flight.size() - at - header < size) return {};
    if (flight[at] == handshake_record) {
      if (out.starts.empty()) out.begin = at;
      out.starts.push_back(out.content.size());
      append(out.content, flight.subspan(at + header, size));
      out.end = at + header + size;
    } else if (!out.starts.empty()) {
      break;
    }
    at += header + size;
  }
  return out;
}

}  // namespace

std::optional<name_place> find_server_name(bytes_view handshake) noexcept {
  reader outer(handshake, 0, handshake.size());
  if (outer.number(1) != client_hello) return std::nullopt;
  auto hello = outer.vector(3);
  if (!outer.ok() || outer.more()) return std::nullopt;
  hello.skip(2 + 32);
  hello.vector(1);
  hello.vector(2);
  hello.vector(1);
  auto extensions = hello.vector(2);
  if (!hello.ok()) return std::nullopt;
  while (extensions.more()) {
    const auto type = extensions.number(2);
    auto content = extensions.vector(2);
    if (!extensions.ok()) return std::nullopt;
    if (type != server_name) continue;
    auto names = content.vector(2);
    if (!content.ok()) return std::nullopt;
    while (names.more()) {
      const auto kind = names.number(1);
      const auto name = names.vector(2);
      if (!names.ok()) return std::nullopt;
      if (kind == host_name && name.left() > 0) return name_place{name.at(), name.left()};
    }
  }
  return std::nullopt;
}

std::vector<std::size_t> cuts_in_name(std::string_view name, random_source& random) {
  std::vector<std::size_t> cuts;
  for (std::size_t begin = 0; begin < name.size();) {
    const auto dot = std::min(name.find('.', begin), name.size());
    const bool last = dot >= name.size() - 1;  // a dot at the very end begins no label
    const auto size = dot - begin;
    if (size >= 2 && (!last || cuts.empty())) cuts.push_back(begin + random.between(1, size - 1));
    begin = dot + 1;
  }
  if (cuts.size() > most_cuts)
    cuts.erase(cuts.begin(), cuts.end() - static_cast<std::ptrdiff_t>(most_cuts));
  return cuts;
}

std::vector<bytes> cut_hello(bytes_view flight, const fragment_options& how,
                             random_source& random) {
  std::vector<bytes> whole(1);
  append(whole.back(), flight);
  if (!how.any()) return whole;
  const auto hello = first_message(flight);
  const auto name = find_server_name(hello.content);
  if (!name) return whole;
  const auto text = as_text(bytes_view(hello.content).subspan(name->at, name->size));

  std::vector<std::size_t> cuts;
  for (const auto cut : cuts_in_name(text, random)) cuts.push_back(name->at + cut);
  if (cuts.empty()) return whole;

  // Where a record begins, within the message: as they were, and where cut, if so asked.
  auto records = hello.starts;
  if (how.records) {
    records.insert(records.end(), cuts.begin(), cuts.end());
    std::sort(records.begin(), records.end());
    records.erase(std::unique(records.begin(), records.end()), records.end());
  }

  std::vector<bytes> pieces(1);
  append(pieces.back(), flight.first(hello.begin));
  std::size_t done = 0;
  const auto put_until = [&](std::size_t to) {
    append(pieces.back(), bytes_view(hello.content).subspan(done, to - done));
    done = to;
  };
  auto cut = cuts.begin();
  const auto cut_until = [&](std::size_t to) {
    for (; cut != cuts.end() && *cut <= to; ++cut) {
      put_until(*cut);
      if (how.segments) pieces.emplace_back();
    }
    put_until(to);
  };
  for (std::size_t i = 0; i < records.size(); ++i) {
    cut_until(records[i]);
    const auto end = i + 1 < records.size() ? records[i + 1] : hello.content.size();
    std::uint8_t head[header] = {handshake_record, flight[hello.begin + 1],
                                 flight[hello.begin + 2]};
    put_u16(head + 3, static_cast<std::uint16_t>(end - records[i]));
    append(pieces.back(), head);
  }
  cut_until(hello.content.size());
  append(pieces.back(), flight.subspan(hello.end));
  return pieces;
}

}  // namespace anytls::tls
