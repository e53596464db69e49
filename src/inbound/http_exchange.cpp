#include "inbound/http_exchange.h"

#include "inbound/failure.h"

#include <boost/asio/co_spawn.hpp>

namespace anytls::inbound {
namespace {

constexpr std::size_t room_size = 32 * 1024;

}  // namespace

http_exchange::http_exchange(std::shared_ptr<void> owner, client_io& client,
                             net::pull_stream& upstream, const http_plan& plan, executor on,
                             duration half_close_timeout)
    : owner_(std::move(owner)),
      client_(client),
      upstream_(upstream),
      plan_(plan),
      half_close_timeout_(half_close_timeout),
      upload_ended_(on, time_point::max()),
      wake_(on, time_point::max()),
      silence_(on, time_point::max()),
      room_(room_size) {}

task<http_exchange::outcome> http_exchange::run() {
  auto self = shared_from_this();
  uploading_ = true;
  asio::co_spawn(silence_.get_executor(), upload(), [self](std::exception_ptr thrown) {
    self->uploading_ = false;
    self->upload_ended_.cancel();
    if (thrown) self->upstream_.reset(asio::error::no_memory);
  });
  auto out = co_await download();
  stop_ = true;
  out.request_sent = request_sent_;
  // upload() waits for one of these, and then sees stop_.
  if (pushing_) upstream_.reset(asio::error::operation_aborted);
  while (uploading_) {
    client_.cancel();
    wake_.cancel();
    co_await upload_ended_.async_wait(use_result);
  }
  silence_.cancel();
  co_return out;
}

task<void> http_exchange::upload() {
  auto self = shared_from_this();
  if (!co_await push(as_bytes(plan_.head))) co_return;
  auto body = plan_.body;
  while (!body.done()) {
    if (stop_) co_return;
    if (client_.unread().empty()) {
      if (const auto ec = co_await client_.read_more()) {
        if (stop_) co_return;
        client_failed_ = true;  // an end counts: half a request is none
        upstream_.reset(ec);
        co_return;
      }
    }
    const auto in = client_.unread();
    std::size_t size = 0;
    while (size < in.size() && !body.done()) {
      const auto piece = body.next(in.subspan(size));
      if (!piece) {
        bad_request_ = true;
        upstream_.reset(piece.error());
        co_return;
      }
      size += piece->used;
    }
    if (!co_await push(in.first(size))) co_return;
    client_.consume(size);
  }
  request_sent_ = true;
  co_await watch();
}

task<bool> http_exchange::push(bytes_view data) {
  pushing_ = true;
  const auto ec = co_await upstream_.write(data);
  pushing_ = false;
  co_return !ec;
}

// Reads ahead what the application sends while it waits: the next request, or, after 101, what goes
// to the target.
task<void> http_exchange::watch() {
  while (!stop_) {
    if (raw_ && !client_.unread().empty()) {
      const auto in = client_.unread();
      if (!co_await push(in)) co_return;
      client_.consume(in.size());
      continue;
    }
    if (client_.full()) {
      co_await wake_.async_wait(use_result);
      continue;
    }
    const auto ec = co_await client_.read_more();
    if (stop_) co_return;
    if (!ec || ec == asio::error::operation_aborted) continue;
    if (ec == asio::error::eof) {
      client_ended_ = true;
      if (raw_) upstream_.finish();
      if (reading_) arm_silence();
      co_return;
    }
    client_failed_ = true;
    upstream_.reset(ec);
    co_return;
  }
}

task<http_exchange::outcome> http_exchange::download() {
  for (head_scanner scanner;;) {
    const auto size = scanner.find(head_);
    if (!size) {
      if (head_.size() >= max_http_head)
        co_return failed({}, "the target's answer has too large a head");
      if (const auto ec = co_await more()) co_return failed(ec);
      append(head_, arrived_);
      continue;
    }
    auto head = parse_response_head(bytes_view(head_).first(*size));
    if (const auto* refusal = std::get_if<http_refusal>(&head))
      co_return failed({}, refusal->reason);
    auto planned =
        plan_response(std::get<response_head>(head), plan_, request_sent_ && !client_ended_);
    if (const auto* refusal = std::get_if<http_refusal>(&planned))
      co_return failed({}, refusal->reason);
    auto& response = std::get<response_plan>(planned);
    if (response.what == response_plan::kind::final)
      co_return co_await pass_body(std::move(response), *size);

    if (!response.head.empty()) {
      if (const auto ec = co_await client_.send(response.head)) co_return gone(ec);
    }
    head_.erase(head_.begin(), head_.begin() + static_cast<std::ptrdiff_t>(*size));
    if (response.what == response_plan::kind::switching) co_return co_await pass_raw();
    scanner = {};
  }
}

task<http_exchange::outcome> http_exchange::pass_body(response_plan response,
                                                      std::size_t head_size) {
  auto& body = response.body;
  bytes unsent(response.head.begin(),
               response.head.end());  // leaves together with the first bytes of the body
  auto in = bytes_view(head_).subspan(head_size);
  error_code ec;
  for (;;) {
    std::size_t size = 0;
    while (size < in.size() && !body.done()) {
      const auto piece = body.next(in.subspan(size));
      if (!piece) co_return failed({}, "the target's answer has malformed chunks");
      if (response.dechunk) append(unsent, piece->payload);
      size += piece->used;
    }
    if (size < in.size())
      response.keep_upstream = false;  // more than was asked for: nothing to trust
    if (!response.dechunk && unsent.empty()) {
      if (size != 0) ec = co_await client_.send(in.first(size));
    } else {
      if (!response.dechunk) append(unsent, in.first(size));
      if (!unsent.empty()) ec = co_await client_.send(bytes_view(unsent));
      bytes().swap(unsent);
    }
    started_ = true;
    if (ec) co_return gone(ec);
    if (body.done()) break;
    ec = co_await more();
    if (ec == asio::error::eof && !client_failed_ && body.how() == http_body::kind::until_close)
      break;
    if (ec) co_return failed(ec);
    in = arrived_;
  }
  outcome out;
  out.keep_client = response.keep_client;
  out.keep_upstream = response.keep_upstream;
  co_return out;
}

task<http_exchange::outcome> http_exchange::pass_raw() {
  raw_ = started_ = true;
  if (client_ended_) upstream_.finish();
  client_.cancel();  // watch() has bytes to move now
  wake_.cancel();
  auto in = bytes_view(head_);
  for (;;) {
    if (!in.empty()) {
      if (const auto ec = co_await client_.send(in)) {
        // A cancel() meant for watch() cannot hit this: it is called before the first send only.
        co_return gone(ec);
      }
    }
    const auto ec = co_await more();
    if (ec == asio::error::eof && !client_failed_) co_return outcome{};
    if (ec) co_return failed(ec);
    in = arrived_;
  }
}

task<error_code> http_exchange::more() {
  reading_ = true;
  if (client_ended_) arm_silence();
  const auto [ec, n] = co_await upstream_.read_some(room_);
  reading_ = false;
  silence_.expires_at(time_point::max());
  arrived_ = bytes_view(room_).first(n);
  co_return ec;
}

// A half-closed application may have gone altogether, and only a write would tell.
void http_exchange::arm_silence() {
  silence_.expires_after(std::chrono::duration_cast<clock::duration>(half_close_timeout_));
  silence_.async_wait([weak = weak_from_this()](error_code ec) {
    const auto self = weak.lock();
    if (ec || !self || self->stop_ || !self->reading_ || clock::now() < self->silence_.expiry())
      return;
    self->client_failed_ = true;
    self->upstream_.reset(asio::error::timed_out);
  });
}

http_exchange::outcome http_exchange::gone(error_code ec) {
  outcome out;
  out.how = end::client_gone;
  out.error = ec;
  return out;
}

http_exchange::outcome http_exchange::failed(error_code ec, std::string_view instead) {
  outcome out;
  out.error = ec;
  out.why = !instead.empty()         ? std::string(instead)
            : ec == asio::error::eof ? "the target closed the connection without an answer"
                                     : explain(ec, upstream_.detail());
  if (client_failed_)
    out.how = end::client_gone;
  else if (started_)
    out.how = end::broken;
  else if (bad_request_)
    out.how = end::bad_request;
  else
    out.how = end::no_response;
  if (started_ && ec == asio::error::eof)
    out.why = "the target closed the connection in the middle of its answer";
  return out;
}

}  // namespace anytls::inbound
