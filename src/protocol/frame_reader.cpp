#include "protocol/frame_reader.h"

#include <algorithm>

namespace anytls::protocol {
namespace {

bytes_view take(bytes_view& input, std::size_t most) noexcept {
  const auto part = input.first(std::min(input.size(), most));
  input = input.subspan(part.size());
  return part;
}

bool has_data(command c) noexcept {
  switch (c) {
    case command::settings:
    case command::alert:
    case command::update_padding_scheme:
    case command::synack:
    case command::server_settings:
      return true;
    default:
      return false;
  }
}

}  // namespace

frame_reader::piece frame_reader::next(bytes_view& input) {
  // The view that the last piece gave has expired; so has the memory.
  if (!has_header() && collected_.capacity() > 0) bytes().swap(collected_);

  for (;;) {
    if (!has_header()) {
      if (!read_header(input)) return {};
      if (!known(header_.command)) {
        // At once: who waits for the data of an HTTP error page "frame" waits for ever.
        const piece found{piece::kind::unknown, header_, {}, left_ == 0};
        if (left_ == 0) end_frame();
        return found;
      }
    }
    const auto c = static_cast<protocol::command>(header_.command);
    if (c == command::psh) return read_psh(input);
    if (c != command::waste && known(header_.command)) return read_control(input);
    left_ -= take(input, left_).size();
    if (left_ > 0) return {};
    end_frame();
  }
}

bool frame_reader::read_header(bytes_view& input) {
  const auto part = take(input, frame_header_size - header_bytes_);
  std::copy(part.begin(), part.end(), raw_header_ + header_bytes_);
  header_bytes_ += part.size();
  if (!has_header()) return false;
  header_ = decode_header(raw_header_);
  left_ = header_.length;
  return true;
}

frame_reader::piece frame_reader::read_psh(bytes_view& input) {
  if (left_ > 0 && input.empty()) return {};
  const auto part = take(input, left_);
  left_ -= part.size();
  if (left_ == 0) end_frame();
  return {piece::kind::data, header_, part, left_ == 0};
}

frame_reader::piece frame_reader::read_control(bytes_view& input) {
  const auto part = take(input, left_);
  left_ -= part.size();
  const bool keep = has_data(static_cast<protocol::command>(header_.command));
  if (left_ > 0) {
    // Grows with what comes, not with what was announced: 65,535 announced and one byte sent costs
    // one byte.
    if (keep) append(collected_, part);
    return {};
  }
  end_frame();
  if (!keep) return {piece::kind::control, header_, {}, true};
  if (collected_.empty()) return {piece::kind::control, header_, part, true};
  append(collected_, part);
  return {piece::kind::control, header_, collected_, true};
}

}  // namespace anytls::protocol
