#include "inbound/http_response.h"

#include "inbound/failure.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace anytls::inbound {
namespace {

bool is_hop_field(std::string_view name) {
  for (std::string_view hop :
       {"Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate", "Upgrade"})
    if (same_text(name, hop)) return true;
  return false;
}

std::string_view reason_phrase(int status) noexcept {
  switch (status) {
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 407:
      return "Proxy Authentication Required";
    case 408:
      return "Request Timeout";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Error";
  }
}

struct framing {
  http_body body;
  bool drop_length =
      false;  ///< Transfer-Encoding wins over a Content-Length, which then must not be passed on
  bool clean = true;  ///< nothing odd: the connection it came on may be used again
};

std::variant<framing, http_refusal> body_of(const response_head& head, const http_plan& request) {
  framing out;
  if (request.is_head || head.status == 204 || head.status == 304) return out;
  const auto encodings = head.fields.list("Transfer-Encoding");
  const auto lengths = head.fields.list("Content-Length");
  if (!encodings.empty()) {
    if (head.minor == 0)
      return http_refusal{502, "the target's answer has a Transfer-Encoding in HTTP/1.0"};
    out.drop_length = true;
    out.clean = lengths.empty();
    const auto chunked =
        std::ranges::count_if(encodings, [](auto e) { return same_text(e, "chunked"); });
    if (chunked > 1 || (chunked == 1 && !same_text(encodings.back(), "chunked")))
      return http_refusal{502, "the target's answer has a malformed Transfer-Encoding"};
    if (request.client_1_0 && (chunked == 0 || encodings.size() > 1))
      return http_refusal{
          502, "the target's answer has a Transfer-Encoding that HTTP/1.0 does not know"};
    out.body = chunked == 1 ? http_body::in_chunks(http_body::strictness::response)
                            : http_body::to_the_end();
    return out;
  }
  if (head.fields.count("Content-Length") == 0) {
    out.body = http_body::to_the_end();
    return out;
  }
  std::uint64_t size = 0;
  const auto text = lengths.empty() ? std::string_view() : lengths.front();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  const bool agree = std::ranges::all_of(lengths, [&](auto l) { return l == text; });
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || !agree)
    return http_refusal{502, "the target's answer has a bad Content-Length"};
  out.body = http_body::of_length(size);
  return out;
}

}  // namespace

std::variant<response_plan, http_refusal> plan_response(const response_head& head,
                                                        const http_plan& request,
                                                        bool may_keep_client) {
  response_plan plan;
  framing how;
  if (head.status == 101) {
    if (!request.upgrade) return http_refusal{502, "the target switches protocols unasked"};
    plan.what = response_plan::kind::switching;
  } else if (head.status < 200) {
    plan.what = response_plan::kind::interim;
    if (request.client_1_0) return plan;
  } else {
    auto framed = body_of(head, request);
    if (const auto* refusal = std::get_if<http_refusal>(&framed)) return *refusal;
    how = std::get<framing>(framed);
    plan.body = how.body;
    plan.dechunk = request.client_1_0 && how.body.how() == http_body::kind::chunked;
    const bool framed_by_end = plan.dechunk || how.body.how() == http_body::kind::until_close;
    plan.keep_client = may_keep_client && request.keep_alive && !framed_by_end;
    const bool persists = head.minor == 0 ? head.fields.lists("Connection", "keep-alive")
                                          : !head.fields.lists("Connection", "close");
    plan.keep_upstream = persists && how.clean && how.body.how() != http_body::kind::until_close;
  }

  auto& out = plan.head;
  out = fmt::format("HTTP/1.1 {} {}\r\n", head.status, head.reason);
  const auto named = head.fields.list("Connection");
  bool has_length = false;
  for (const auto& field : head.fields) {
    const bool is_length = same_text(field.name, "Content-Length");
    const bool is_encoding = same_text(field.name, "Transfer-Encoding");
    if (is_hop_field(field.name)) continue;
    if (is_length && (how.drop_length || std::exchange(has_length, true))) continue;
    if (is_encoding && plan.dechunk) continue;
    const bool dropped =
        std::ranges::any_of(named, [&](auto name) { return same_text(name, field.name); });
    if (dropped && !is_length && !is_encoding) continue;
    if (is_length && how.body.how() == http_body::kind::length)
      append_field(out, field.name, head.fields.list("Content-Length").front());
    else
      append_field(out, field.name, field.value);
  }
  // 426 tells with Upgrade what it would speak.
  const bool offers = plan.what == response_plan::kind::switching || head.status == 426;
  if (offers)
    for (auto protocol : head.fields.list("Upgrade")) append_field(out, "Upgrade", protocol);
  if (plan.what == response_plan::kind::switching) {
    append_field(out, "Connection", "Upgrade");
  } else if (plan.what == response_plan::kind::final) {
    if (!plan.keep_client)
      append_field(out, "Connection", "close");
    else if (request.client_1_0)
      append_field(out, "Connection", "keep-alive");
  }
  out += "\r\n";
  return plan;
}

std::string own_response(int status, std::string_view text, bool keep_alive, bool with_body) {
  auto out = fmt::format("HTTP/1.1 {} {}\r\n", status, reason_phrase(status));
  append_field(out, "Content-Type", "text/plain; charset=utf-8");
  append_field(out, "Content-Length", std::to_string(text.size() + 1));
  append_field(out, "Cache-Control", "no-store");
  if (status == 407)
    append_field(out, "Proxy-Authenticate", "Basic realm=\"proxy\", charset=\"UTF-8\"");
  append_field(out, "Connection", keep_alive ? "keep-alive" : "close");
  out += "\r\n";
  if (with_body) out.append(text).append("\n");
  return out;
}

std::string connect_success() { return "HTTP/1.1 200 Connection established\r\n\r\n"; }

int gateway_status(error_code why) noexcept {
  switch (failure_of(why)) {
    case failure::timeout:
      return 504;
    case failure::forbidden:
      return 403;
    default:
      return 502;
  }
}

}  // namespace anytls::inbound
