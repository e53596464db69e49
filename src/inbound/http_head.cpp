#include "inbound/http_head.h"

#include <algorithm>
#include <cstring>

namespace anytls::inbound {
namespace {

bool is_token_char(char c) noexcept {
  if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
  return c != '\0' && std::strchr("!#$%&'*+-.^_`|~", c) != nullptr;
}

bool is_token(std::string_view s) noexcept {
  return !s.empty() && std::ranges::all_of(s, is_token_char);
}

bool is_control(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

std::string_view trim(std::string_view s) noexcept {
  while (!s.empty() && is_blank(s.front())) s.remove_prefix(1);
  while (!s.empty() && is_blank(s.back())) s.remove_suffix(1);
  return s;
}

enum class strictness { request, response };

/// Cuts the next line off `rest`. False: it ends in a way that this kind of message may not.
bool take_line(std::string_view& rest, std::string_view& line, strictness how) noexcept {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos) return false;
  line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  if (!line.empty() && line.back() == '\r') {
    line.remove_suffix(1);
    return true;
  }
  return how == strictness::response;
}

/// `HTTP/1.x`: the x (1 for every later minor version), -1 for anything else.
int minor_version(std::string_view s) noexcept {
  if (s.size() != 8 || !s.starts_with("HTTP/1.") || s[7] < '0' || s[7] > '9') return -1;
  return s[7] == '0' ? 0 : 1;
}

bool looks_like_version(std::string_view s) noexcept {
  return s.size() == 8 && s.starts_with("HTTP/") && s[6] == '.';
}

bool parse_fields(std::string_view rest, http_fields& out, strictness how) {
  for (std::string_view line;;) {
    if (!take_line(rest, line, how)) return false;
    if (line.empty()) return rest.empty();
    // A stray CR or NUL inside a line is where other readers may see a line end.
    if (std::ranges::any_of(line, [](char c) { return is_control(c) && c != '\t'; })) return false;
    if (is_blank(line.front())) {
      if (how == strictness::request || out.empty()) return false;
      out.back().value.append(" ").append(trim(line));
      continue;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return false;
    out.push_back({std::string(line.substr(0, colon)), std::string(trim(line.substr(colon + 1)))});
  }
}

}  // namespace

std::optional<std::size_t> head_scanner::find(bytes_view in) noexcept {
  while (looked_at_ < in.size()) {
    const auto* from = in.data() + looked_at_;
    const auto* lf =
        static_cast<const std::uint8_t*>(std::memchr(from, '\n', in.size() - looked_at_));
    if (!lf) {
      looked_at_ = in.size();
      break;
    }
    const auto at = static_cast<std::size_t>(lf - in.data());
    const bool empty = at == line_ || (at == line_ + 1 && in[line_] == '\r');
    looked_at_ = line_ = at + 1;
    if (!empty)
      has_lines_ = true;
    else if (has_lines_)
      return looked_at_;
  }
  return std::nullopt;
}

std::size_t http_fields::count(std::string_view name) const noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(*this, [&](const auto& f) { return same_text(f.name, name); }));
}

std::string_view http_fields::get(std::string_view name) const noexcept {
  for (const auto& f : *this)
    if (same_text(f.name, name)) return f.value;
  return {};
}

std::vector<std::string_view> http_fields::list(std::string_view name) const {
  std::vector<std::string_view> out;
  for (const auto& f : *this) {
    if (!same_text(f.name, name)) continue;
    for (std::string_view rest = f.value;;) {
      const auto comma = rest.find(',');
      if (const auto element = trim(rest.substr(0, comma)); !element.empty())
        out.push_back(element);
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return out;
}

bool http_fields::lists(std::string_view name, std::string_view token) const {
  return std::ranges::any_of(list(name), [&](auto element) { return same_text(element, token); });
}

std::variant<request_head, http_refusal> parse_request_head(bytes_view head) {
  auto rest = as_text(head);
  while (rest.starts_with("\r\n")) rest.remove_prefix(2);
  std::string_view line;
  if (!take_line(rest, line, strictness::request)) return http_refusal{400, "bad line end"};

  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return http_refusal{400, "bad request line"};
  const auto method = line.substr(0, first);
  const auto target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (!is_token(method) || target.empty() ||
      std::ranges::any_of(target, [](char c) { return is_control(c) || c == ' '; }))
    return http_refusal{400, "bad request line"};

  request_head out;
  out.minor = minor_version(version);
  if (out.minor < 0)
    return looks_like_version(version) ? http_refusal{505, "only HTTP/1.x is spoken here"}
                                       : http_refusal{400, "bad request line"};
  out.method = method;
  out.target = target;
  if (!parse_fields(rest, out.fields, strictness::request))
    return http_refusal{400, "bad header field"};
  return out;
}

std::variant<response_head, http_refusal> parse_response_head(bytes_view head) {
  auto rest = as_text(head);
  while (rest.starts_with("\r\n")) rest.remove_prefix(2);
  std::string_view line;
  if (!take_line(rest, line, strictness::response) || line.size() < 12)
    return http_refusal{502, "the target did not answer in HTTP"};

  response_head out;
  out.minor = minor_version(line.substr(0, 8));
  const auto code = line.substr(9, 3);
  const bool digits = std::ranges::all_of(code, [](char c) { return c >= '0' && c <= '9'; });
  if (out.minor < 0 || line[8] != ' ' || !digits || code[0] == '0' ||
      (line.size() > 12 && line[12] != ' '))
    return http_refusal{502, "the target did not answer in HTTP"};
  out.status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
  if (line.size() > 13) out.reason = line.substr(13);
  if (std::ranges::any_of(out.reason, [](char c) { return is_control(c) && c != '\t'; }) ||
      !parse_fields(rest, out.fields, strictness::response))
    return http_refusal{502, "the target's answer has a malformed head"};
  return out;
}

bool begins_http(std::uint8_t first) noexcept {
  return is_token_char(static_cast<char>(first)) || first == '\r';
}

bool same_text(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace anytls::inbound
