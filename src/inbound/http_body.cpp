#include "inbound/http_body.h"

#include <algorithm>

namespace anytls::inbound {
namespace {

constexpr std::uint8_t max_size_digits = 15;  // below 2^60: cannot overflow
constexpr std::size_t max_line = 16 * 1024;

int hex_value(std::uint8_t c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_line_char(std::uint8_t c) noexcept { return (c >= 0x20 && c != 0x7f) || c == '\t'; }

}  // namespace

http_body http_body::of_length(std::uint64_t size) {
  http_body b;
  b.kind_ = kind::length;
  b.left_ = size;
  b.done_ = size == 0;
  return b;
}

http_body http_body::in_chunks(strictness how) {
  http_body b;
  b.kind_ = kind::chunked;
  b.strictness_ = how;
  b.done_ = false;
  return b;
}

http_body http_body::to_the_end() {
  http_body b;
  b.kind_ = kind::until_close;
  b.done_ = false;
  return b;
}

result<http_body::piece> http_body::next(bytes_view in) {
  if (done_ || in.empty()) return piece{};
  if (kind_ == kind::until_close) return piece{in.size(), in};
  if (kind_ == kind::length) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, in.size()));
    left_ -= size;
    done_ = left_ == 0;
    return piece{size, in.first(size)};
  }
  std::size_t used = 0;
  while (used < in.size() && !done_ && state_ != state::data)
    if (!framing(in[used++])) return errc::protocol_error;
  if (done_ || state_ != state::data) return piece{used, {}};
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, in.size() - used));
  left_ -= size;
  if (left_ == 0) state_ = state::data_cr;
  return piece{used + size, in.subspan(used, size)};
}

bool http_body::framing(std::uint8_t c) noexcept {
  switch (state_) {
    case state::size:
      if (const int value = hex_value(c); value >= 0) {
        if (++digits_ > max_size_digits) return false;
        left_ = left_ << 4 | static_cast<unsigned>(value);
        return true;
      }
      if (digits_ == 0) return false;
      line_size_ = 0;
      if (c == '\r')
        state_ = state::size_end;
      else if (c == ';' || (strictness_ == strictness::response && (c == ' ' || c == '\t')))
        state_ = state::extension;
      else
        return false;
      return true;
    case state::extension:
      if (c == '\r')
        state_ = state::size_end;
      else if (!is_line_char(c) || ++line_size_ > max_line)
        return false;
      return true;
    case state::size_end:
      digits_ = 0;
      line_size_ = 0;
      state_ = left_ == 0 ? state::line_start : state::data;
      return c == '\n';
    case state::data:
      return false;  // next() copies these
    case state::data_cr:
      state_ = state::data_lf;
      return c == '\r';
    case state::data_lf:
      state_ = state::size;
      return c == '\n';
    case state::line_start:
      if (c == '\r') {
        state_ = state::last_lf;
        return true;
      }
      state_ = state::trailer;
      return c != ' ' && c != '\t' && is_line_char(c) && ++line_size_ <= max_line;
    case state::trailer:
      if (c == '\r')
        state_ = state::trailer_end;
      else if (!is_line_char(c) || ++line_size_ > max_line)
        return false;
      return true;
    case state::trailer_end:
      state_ = state::line_start;
      return c == '\n';
    case state::last_lf:
      done_ = true;
      return c == '\n';
  }
  return false;
}

}  // namespace anytls::inbound
