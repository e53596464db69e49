// The plain HTTP and CONNECT side of a connection: requests in, refusals out. Bodies pass in
// http_exchange.
#include "base/log.h"
#include "inbound/connection.h"
#include "inbound/http_exchange.h"

namespace anytls::inbound {

task<std::optional<connection::job>> connection::negotiate_http() {
  const auto& options = inbound_->options;
  for (;;) {
    if (!first_request_ && client_.unread().empty()) {
      client_.set_deadline(options.keep_alive_timeout);
      if (co_await client_.read_more()) {
        // The end, or too long a silence: nothing was asked, so nothing is answered.
        co_await client_.close_gently();
        co_return std::nullopt;
      }
    }
    if (!first_request_) client_.set_deadline(options.handshake_timeout);
    head_scanner scanner;
    std::optional<std::size_t> size;
    while (!(size = scanner.find(client_.unread()))) {
      http_refusal refusal{};
      if (client_.full())
        refusal = {431, "the request's head is too large"};
      else if (!client_.unread().empty() && !begins_http(client_.unread()[0]))
        refusal = {400, "not HTTP"};
      else if (const auto ec = co_await client_.read_more();
               ec == asio::error::timed_out && !client_.unread().empty())
        refusal = {408, "the request took too long"};
      else if (ec) {
        co_await client_.close_gently();
        co_return std::nullopt;
      } else
        continue;
      co_await refuse_http(refusal.status, refusal.reason, false);
      co_return std::nullopt;
    }
    first_request_ = false;
    client_.clear_deadline();

    auto parsed = parse_request_head(client_.unread().first(*size));
    client_.consume(*size);
    const auto* refusal = std::get_if<http_refusal>(&parsed);
    if (refusal) {
      log::debug("inbound {}: {}: {}", options.tag, source_, refusal->reason);
      co_await refuse_http(refusal->status, refusal->reason, false);
      co_return std::nullopt;
    }
    const auto& head = std::get<request_head>(parsed);
    auto planned = plan_request(head);
    refusal = std::get_if<http_refusal>(&planned);

    auto who = check_proxy_user(head, inbound_->users);
    if (!who.allowed) {
      if (who.presented) log::info("inbound {}: {}: wrong user or password", options.tag, source_);
      // Browsers ask again on the same connection, which is possible where nothing but a head was
      // sent.
      const auto* plan = std::get_if<http_plan>(&planned);
      const bool keep = plan && plan->keep_alive && plan->body.done() &&
                        !(plan->connect && !client_.unread().empty());
      const bool with_body = head.method != "HEAD";
      const auto text = "this proxy needs a user and a password";
      if (co_await client_.send(own_response(407, text, keep, with_body))) co_return std::nullopt;
      if (keep) continue;
      co_await client_.close_gently();
      co_return std::nullopt;
    }
    if (refusal) {
      log::debug("inbound {}: {}: {}", options.tag, source_, refusal->reason);
      co_await refuse_http(refusal->status, refusal->reason, false);
      co_return std::nullopt;
    }
    auto& plan = std::get<http_plan>(planned);
    auto out =
        make_job(plan.connect ? kind::connect : kind::http, plan.target, std::move(who.name));
    out.plan = std::move(plan);
    co_return out;
  }
}

/// False: the connection ends here, and has been closed.
task<bool> connection::refuse_http(int status, std::string_view text, bool keep_alive) {
  const bool with_body = !job_ || !job_->plan.is_head;
  if (co_await client_.send(own_response(status, text, keep_alive, with_body))) co_return false;
  if (keep_alive) co_return true;
  co_await client_.close_gently();
  co_return false;
}

task<bool> connection::serve_http() {
  const auto target = job_->request.target.to_string();
  const auto fail = [&](int status, std::string_view why, bool keep_alive) -> task<bool> {
    log_failure(why);
    const auto text = fmt::format("{}: {}", target, why);
    const bool again = co_await refuse_http(status, text, keep_alive);
    job_.reset();
    co_return again;
  };

  const bool kept = upstream_.has_value();
  if (!kept) {
    auto opened = co_await job_->attempt->open();
    if (aborted_) co_return false;
    if (!opened) {
      const auto ec = opened.error();
      co_return co_await fail(gateway_status(ec), ec.message(),
                              job_->plan.keep_alive && job_->plan.body.done());
    }
    job_->attempt.reset();
    upstream_.emplace(kept_stream{job_->request.target, job_->request.user,
                                  net::pull_stream(std::move(*opened))});
  }

  const auto exchange =
      std::make_shared<http_exchange>(shared_from_this(), client_, upstream_->stream, job_->plan,
                                      here_->get_executor(), inbound_->options.half_close_timeout);
  const auto out = co_await exchange->run();
  if (aborted_) co_return false;
  if (out.how != http_exchange::end::complete || !out.keep_upstream) upstream_.reset();

  switch (out.how) {
    case http_exchange::end::complete:
      job_.reset();
      if (out.keep_client) co_return true;
      co_await client_.close_gently();
      co_return false;
    case http_exchange::end::no_response:
      // Servers close kept connections whenever they like; asking again on a new one is safe for
      // these requests.
      if (kept) {
        job_->must_be_fresh = true;
        co_return true;
      }
      co_return co_await fail(out.error ? gateway_status(out.error) : 502, out.why,
                              job_->plan.keep_alive && out.request_sent);
    case http_exchange::end::bad_request:
      co_return co_await refuse_http(400, "malformed chunks", false);
    case http_exchange::end::broken:
      log_failure(out.why);
      client_.reset();
      co_return false;
    case http_exchange::end::client_gone:
      client_.reset();
      co_return false;
  }
  co_return false;
}

}  // namespace anytls::inbound
