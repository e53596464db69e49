// First byte: whether this is an application's request or a target's response (to what kind of
// request), and how many bytes a read gives. What is passed on is read again by our own strict
// reader: it must be one message, framed as the original is.
#include "inbound/http_request.h"
#include "inbound/http_response.h"

#include "check.h"

#include <algorithm>

namespace {

using namespace anytls;
using namespace anytls::inbound;

std::optional<std::size_t> find_head(bytes_view all, std::size_t step) {
  head_scanner scanner;
  for (std::size_t size = 0; size < all.size();) {
    size += std::min(step, all.size() - size);
    if (const auto found = scanner.find(all.first(size))) {
      CHECK(*found <= size);
      return found;
    }
  }
  return std::nullopt;
}

struct body_outcome {
  bytes payload;
  std::size_t used = 0;
  bool done = false;
  bool bad = false;
  bool operator==(const body_outcome&) const = default;
};

body_outcome read_body(http_body body, bytes_view all, std::size_t step) {
  body_outcome out;
  while (!all.empty() && !body.done() && !out.bad) {
    const bytes chunk(all.begin(),
                      all.begin() + static_cast<std::ptrdiff_t>(std::min(step, all.size())));
    bytes_view in(chunk);
    while (!in.empty() && !body.done()) {
      const auto piece = body.next(in);
      if (!piece) {
        out.bad = true;
        break;
      }
      CHECK(piece->used > 0 && piece->used <= in.size());
      append(out.payload, piece->payload);
      in = in.subspan(piece->used);
      out.used += piece->used;
    }
    all = all.subspan(chunk.size());
  }
  out.done = body.done();
  return out;
}

void check_body(const http_body& body, bytes_view rest, std::size_t step) {
  const auto whole = read_body(body, rest, std::max<std::size_t>(rest.size(), 1));
  const auto cut = read_body(body, rest, step);
  CHECK(whole.bad == cut.bad);
  CHECK(whole.bad || whole == cut);
}

void check_request(bytes_view head, bytes_view rest, std::size_t step) {
  const auto parsed = parse_request_head(head);
  if (!std::holds_alternative<request_head>(parsed)) return;
  const auto& in = std::get<request_head>(parsed);
  static const user_list one{{{"a", "b"}}};
  check_proxy_user(in, one);
  const auto planned = plan_request(in);
  if (!std::holds_alternative<http_plan>(planned)) return;
  const auto& plan = std::get<http_plan>(planned);
  CHECK(plan.target.encodable() && plan.target.port != 0);
  if (plan.connect) return;

  CHECK(find_head(as_bytes(plan.head), plan.head.size()) == plan.head.size());
  const auto again = parse_request_head(as_bytes(plan.head));
  CHECK(std::holds_alternative<request_head>(again));
  const auto& out = std::get<request_head>(again);
  CHECK(out.method == in.method);
  CHECK(out.fields.count("Host") == 1);
  CHECK(out.fields.count("Proxy-Authorization") == 0);
  for (const auto* name : {"Content-Length", "Transfer-Encoding"}) {
    CHECK(out.fields.count(name) == in.fields.count(name));
    CHECK(out.fields.get(name) == in.fields.get(name));
  }
  check_body(plan.body, rest, step);
}

void check_response(bytes_view head, bytes_view rest, std::size_t step, std::uint8_t choice) {
  http_plan request;
  request.keep_alive = choice & 2;
  request.client_1_0 = choice & 4;
  request.is_head = choice & 8;
  request.upgrade = choice & 16;
  const auto parsed = parse_response_head(head);
  if (!std::holds_alternative<response_head>(parsed)) return;
  const auto planned = plan_response(std::get<response_head>(parsed), request, choice & 32);
  if (!std::holds_alternative<response_plan>(planned)) return;
  const auto& plan = std::get<response_plan>(planned);
  if (plan.head.empty()) return;

  CHECK(find_head(as_bytes(plan.head), plan.head.size()) == plan.head.size());
  const auto again = parse_response_head(as_bytes(plan.head));
  CHECK(std::holds_alternative<response_head>(again));
  const auto& out = std::get<response_head>(again);
  CHECK(out.fields.count("Content-Length") <= 1);
  if (plan.body.how() == http_body::kind::length) CHECK(out.fields.count("Content-Length") == 1);
  if (plan.body.how() == http_body::kind::chunked) CHECK(out.fields.count("Content-Length") == 0);
  if (plan.dechunk) CHECK(out.fields.count("Transfer-Encoding") == 0);
  check_body(plan.body, rest, step);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  bytes_view all(data, size);
  const auto choice = take_byte(all);
  const std::size_t step = std::size_t{choice} / 16 + 1;
  const auto head = find_head(all, std::max<std::size_t>(all.size(), 1));
  CHECK(head == find_head(all, step));
  CHECK(head == find_head(all, 1));
  if (!head) return 0;
  if (choice & 1)
    check_response(all.first(*head), all.subspan(*head), step, choice);
  else
    check_request(all.first(*head), all.subspan(*head), step);
  return 0;
}
