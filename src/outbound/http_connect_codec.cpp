#include "outbound/http_connect_codec.h"

#include <algorithm>
#include <string>

namespace anytls::outbound {
namespace {

constexpr std::string_view version = "HTTP/1.";
// `HTTP/1.x NNN`, and as much of the reason as nobody looks at.
constexpr std::size_t status_at = 9, status_end = 12;
constexpr std::size_t most_of_line = 512;

proxy_refused refused(errc why) { return {make_error_code(why)}; }

std::string base64(std::string_view plain) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < plain.size(); i += 3) {
    const auto part = plain.substr(i, 3);
    unsigned value = 0;
    for (std::size_t k = 0; k < 3; ++k)
      value = value << 8 | (k < part.size() ? static_cast<std::uint8_t>(part[k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      out += k <= part.size() ? digits[value >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

bool same_name(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return std::ranges::equal(a, b, [&](char x, char y) { return lower(x) == lower(y); });
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

errc reason(int status, bool with_password) noexcept {
  switch (status) {
    case 407:
      return with_password ? errc::proxy_wrong_password : errc::proxy_needs_password;
    case 403:
    case 405:
    case 501:
      return errc::proxy_forbidden;
    case 504:
      return errc::proxy_timeout;
    default:
      return errc::proxy_failed;
  }
}

}  // namespace

http_connect_codec::http_connect_codec(const http_proxy_options& options, protocol::address target)
    : options_(options), target_(std::move(target)) {}

bool http_connect_codec::fits(const protocol::address& target) noexcept {
  if (target.is_ip()) return true;
  return target.encodable() && std::ranges::all_of(target.domain, [](char c) {
           return std::string_view(" /?#@:[]\\").find(c) == std::string_view::npos;
         });
}

bytes http_connect_codec::hello() {
  const auto where = target_.to_string();
  std::string out = "CONNECT " + (options_.path.empty() ? where : options_.path) + " HTTP/1.1\r\n";
  const auto line = [&](std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
  };
  const auto ours = [&](std::string_view name, std::string_view value) {
    for (const auto& own : options_.headers)
      if (same_name(own.first, name)) return;
    line(name, value);
  };
  ours("Host", where);
  ours("Proxy-Connection", "Keep-Alive");
  if (!options_.username.empty())
    ours("Proxy-Authorization", "Basic " + base64(options_.username + ":" + options_.password));
  for (const auto& own : options_.headers) line(own.first, own.second);
  out += "\r\n";
  return {out.begin(), out.end()};
}

proxy_step http_connect_codec::next(bytes_view in) {
  proxy_step out;
  while (out.used < in.size()) {
    const char c = static_cast<char>(in[out.used++]);
    if (++size_ > max_head) return {out.used, refused(errc::not_a_proxy)};
    if (c == '\n') {
      out.action = end_of_line();
      if (!std::holds_alternative<proxy_need_more>(out.action)) return out;
      continue;
    }
    if (in_fields_) {
      if (c != '\r') ++line_size_;
      continue;
    }
    if (line_.size() < most_of_line) line_ += c;
    // What is no proxy is found out as soon as it differs.
    if (line_.size() <= version.size() && line_.back() != version[line_.size() - 1])
      return {out.used, refused(errc::not_a_proxy)};
  }
  return out;
}

proxy_action http_connect_codec::end_of_line() {
  if (!in_fields_) {
    auto action = status_line();
    if (!std::holds_alternative<proxy_done>(action)) return action;
    interim_ = line_[status_at] == '1';
    in_fields_ = true;
    line_size_ = 0;
    return proxy_need_more{};
  }
  if (std::exchange(line_size_, 0) != 0) return proxy_need_more{};
  if (!interim_) return proxy_done{};
  in_fields_ = false;
  line_.clear();
  return proxy_need_more{};
}

/// proxy_done for a status that is followed by a tunnel, or by another answer.
proxy_action http_connect_codec::status_line() const {
  if (line_.size() < status_end || line_[status_at - 1] != ' ' || !is_digit(line_[status_at - 2]) ||
      !std::all_of(line_.begin() + status_at, line_.begin() + status_end, is_digit) ||
      (line_.size() > status_end && line_[status_end] != ' ' && line_[status_end] != '\r'))
    return refused(errc::not_a_proxy);
  const int status = std::stoi(line_.substr(status_at, status_end - status_at));
  if (status >= 100 && status < 300 && status != 101) return proxy_done{};
  return refused(reason(status, !options_.username.empty()));
}

}  // namespace anytls::outbound
