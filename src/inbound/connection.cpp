#include "inbound/connection.h"

#include "base/log.h"
#include "inbound/failure.h"
#include "inbound/http_response.h"
#include "net/proxy_header.h"
#include "net/relay.h"
#include "net/tcp_endpoint.h"

#include <boost/asio/co_spawn.hpp>

namespace anytls::inbound {
namespace {

std::string text_of(const tcp::endpoint& peer) {
  const auto address = peer.address().to_string();
  return peer.address().is_v6() ? fmt::format("[{}]:{}", address, peer.port())
                                : fmt::format("{}:{}", address, peer.port());
}

std::string peer_of(const tcp_socket& socket) {
  error_code ec;
  const auto peer = socket.remote_endpoint(ec);
  return ec ? "unknown" : text_of(peer);
}

}  // namespace

connection::connection(std::shared_ptr<inbound_state> inbound, asio::io_context& here,
                       tcp_socket socket)
    : inbound_(std::move(inbound)),
      here_(&here),
      source_(peer_of(socket)),
      client_(std::move(socket)),
      source_known_(inbound_->options.proxy_protocol == protocol::proxy_protocol::off) {}

connection::~connection() {
  std::lock_guard lock(inbound_->mutex);
  inbound_->connections.erase(this);
}

void connection::start() {
  asio::co_spawn(
      *here_, [self = shared_from_this()] { return self->run(); },
      [self = shared_from_this()](std::exception_ptr thrown) {
        if (!thrown) return;
        try {
          std::rethrow_exception(thrown);
        } catch (const std::exception& e) {
          log::error("inbound {}: {}", self->inbound_->options.tag, e.what());
        }
        self->abort();
        self->drop();
      });
}

void connection::abort() {
  aborted_ = true;
  if (upstream_) upstream_->stream.reset(errc::shutting_down);
  for (auto* end : relayed_)
    if (end) end->reset(errc::shutting_down);
  client_.reset();
}

/// Whatever belongs to this thread's context goes now: the last reference may be dropped by another
/// thread.
void connection::drop() {
  job_.reset();
  upstream_.reset();
  client_.drop();
}

task<void> connection::run() {
  if (aborted_) {
    drop();
    co_return;
  }
  client_.enter(*here_);
  if (!source_known_ && !co_await learn_source()) {
    drop();
    co_return;
  }
  for (;;) {
    if (!job_) {
      job_ = co_await negotiate();
      if (!job_) break;
    }
    const bool kept = upstream_ && job_->what == kind::http && job_->plan.repeatable &&
                      !job_->must_be_fresh && upstream_->target == job_->request.target &&
                      upstream_->user == job_->request.user;
    if (!kept && !job_->attempt) {
      upstream_.reset();
      auto& via = inbound_->route(job_->request);
      job_->via = &via;
      job_->attempt = via.begin(job_->request, *here_);
      if (&job_->attempt->context() != here_) {
        if (!move_to(job_->attempt->context())) break;
        co_return;
      }
    }
    if (job_->what != kind::http) {
      co_await serve_tunnel();
      break;
    }
    if (!co_await serve_http()) break;
  }
  drop();
}

/// False: shutting down. True: nothing here may be touched any more.
bool connection::move_to(asio::io_context& there) {
  client_.leave();
  here_ = &there;
  auto self = shared_from_this();
  {
    std::lock_guard lock(inbound_->mutex);
    if (inbound_->closing) return false;
    inbound_->connections[this].on = &there;
  }
  self->start();
  return true;
}

task<bool> connection::learn_source() {
  using state = protocol::proxy_header::state;
  client_.set_deadline(inbound_->options.handshake_timeout);
  for (;;) {
    const auto header = protocol::read_proxy_header(client_.unread());
    if (header.is == state::complete) {
      client_.consume(header.size);
      if (header.source) source_ = text_of(net::endpoint_of(*header.source));
      break;
    }
    const bool optional = inbound_->options.proxy_protocol == protocol::proxy_protocol::optional;
    if (header.is == state::absent && optional) break;
    if (header.is != state::need_more || co_await client_.read_more()) {
      log::debug("inbound {}: {}: no PROXY header", inbound_->options.tag, source_);
      co_return false;
    }
  }
  source_known_ = true;
  co_return true;
}

task<std::optional<connection::job>> connection::negotiate() {
  if (first_request_) client_.set_deadline(inbound_->options.handshake_timeout);
  if (language_ == language::unknown) {
    while (client_.unread().empty())
      if (co_await client_.read_more()) co_return std::nullopt;
    const auto type = inbound_->options.type;
    const auto first = client_.unread()[0];
    const bool socks = first == 4 || first == 5;
    language_ = type == proxy_type::socks || (type == proxy_type::mixed && socks) ? language::socks
                                                                                  : language::http;
  }
  if (language_ == language::http) co_return co_await negotiate_http();
  co_return co_await negotiate_socks();
}

task<std::optional<connection::job>> connection::negotiate_socks() {
  for (socks_codec codec(inbound_->users);;) {
    auto [used, action] = codec.next(client_.unread());
    client_.consume(used);
    if (std::holds_alternative<socks_need_more>(action)) {
      if (co_await client_.read_more()) co_return std::nullopt;
    } else if (const auto* send = std::get_if<socks_send>(&action)) {
      if (co_await client_.send(bytes_view(send->data))) co_return std::nullopt;
    } else if (auto* connect = std::get_if<socks_connect>(&action)) {
      auto out = make_job(kind::socks, std::move(connect->target), std::move(connect->user));
      out.version = codec.version();
      client_.clear_deadline();
      co_return out;
    } else {
      const auto& refusal = std::get<socks_refuse>(action);
      // A UDP ASSOCIATE or a wrong password is worth a line; garbage from port scanners is not.
      if (refusal.why == socks_refusal::not_socks)
        log::debug("inbound {}: {}: {}", inbound_->options.tag, source_, to_string(refusal.why));
      else
        log::info("inbound {}: {}: {}", inbound_->options.tag, source_, to_string(refusal.why));
      if (!refusal.reply.empty() && co_await client_.send(bytes_view(refusal.reply)))
        co_return std::nullopt;
      co_await client_.close_gently();
      co_return std::nullopt;
    }
  }
}

connection::job connection::make_job(kind what, protocol::address target, std::string user) const {
  job out;
  out.what = what;
  out.request.target = std::move(target);
  out.request.inbound_tag = inbound_->options.tag;
  out.request.user = std::move(user);
  out.request.source = source_;
  return out;
}

task<void> connection::serve_tunnel() {
  auto opened = co_await job_->attempt->open();
  if (!opened) co_return co_await refuse_tunnel(opened.error(), {});
  auto remote = std::move(*opened);
  // What the application sent with its request leaves with it.
  if (!client_.unread().empty()) {
    remote->write(client_.unread());
    client_.consume(client_.unread().size());
  }
  if (inbound_->options.wait_for_target)
    if (const auto ec = co_await remote->wait_established())
      co_return co_await refuse_tunnel(ec, remote->detail());

  const auto success = job_->what == kind::socks ? socks_success(job_->version) : bytes();
  const auto ec = job_->what == kind::socks ? co_await client_.send(bytes_view(success))
                                            : co_await client_.send(connect_success());
  if (ec || aborted_) {
    remote->reset(ec ? ec : make_error_code(errc::shutting_down));
    co_return;
  }
  log::debug("inbound {}: {} via {}", inbound_->options.tag, job_->request.target.to_string(),
             job_->via->describe());
  job_->attempt.reset();

  auto local = std::make_unique<net::tcp_endpoint>(client_.take_socket(),
                                                   net::tcp_endpoint::whose::application);
  relayed_[0] = local.get();
  relayed_[1] = remote.get();
  std::string detail;
  const auto why = co_await net::relay(std::move(local), std::move(remote), &detail);
  relayed_[0] = relayed_[1] = nullptr;
  // Ours are failures of the way to the target. An application or a target that resets is their own
  // affair.
  if (why.category() == error_category() && why != errc::shutting_down)
    log_failure(explain(why, detail));
}

task<void> connection::refuse_tunnel(error_code why, std::string detail) {
  if (aborted_) co_return;
  const auto said = explain(why, detail);
  log_failure(said);
  if (job_->what == kind::socks) {
    const auto reply = socks_failure(job_->version, why);
    co_await client_.send(bytes_view(reply));
  } else {
    const auto text = fmt::format("{}: {}", job_->request.target.to_string(), said);
    co_await client_.send(own_response(gateway_status(why), text, false, true));
  }
  co_await client_.close_gently();
}

void connection::log_failure(std::string_view why) const {
  log::info("inbound {}: {} to {} via {}: {}", inbound_->options.tag, source_,
            job_->request.target.to_string(), job_->via ? job_->via->describe() : "-", why);
}

}  // namespace anytls::inbound
