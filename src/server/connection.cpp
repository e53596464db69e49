#include "server/connection.h"

#include "base/limits.h"
#include "base/log.h"
#include "net/relay.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

namespace anytls::server {

struct server::connection::stream_job {
  asio::io_context& here;
  target_request request;
  std::unique_ptr<session::stream> stream;
  std::shared_ptr<user> who;
  std::optional<stream_slot> slot;  ///< until the stream is over, whatever is still to be done then
  std::shared_ptr<leftovers> remaining;
};

server::connection::connection(server& owner, shard& home, std::shared_ptr<user> who,
                               std::unique_ptr<transport> transport)
    : server_(owner),
      home_(home),
      user_(std::move(who)),
      source_(transport->peer()),
      keep_(owner.options_.owner.lock()),
      used_at_(clock::now()),
      session_(std::move(transport), owner.side_, home.random, *this) {}

void server::connection::on_stream(session::session&, std::unique_ptr<session::stream> opened) {
  used_at_ = clock::now();
  server_.count_.streams.add();
  auto slot = stream_slot::take(user_, server_.options_.max_streams_per_user);
  if (!slot) {
    server_.count_.streams_over_limit.add();
    opened->refuse(error_code(errc::too_many_streams).message());
    return;
  }
  asio::co_spawn(home_.context,
                 serve_stream(keep_, server_,
                              {home_.context,
                               {{}, server_.options_.tag, user_->name, source_},
                               std::move(opened),
                               user_,
                               std::move(slot),
                               home_.remaining}),
                 asio::detached);
}

void server::connection::look_after(time_point now, duration interval) {
  const auto& options = server_.options_;
  if (!session_.idle()) used_at_ = now;
  // It was in use until used_at_ + interval at the latest.
  if (const auto limit = options.idle_session_timeout;
      limit > duration{0} && now - used_at_ >= limit + interval) {
    server_.count_.sessions_idle_closed.add();
    return session_.close(session::close_reason::idle_timeout);
  }
  // Without a heartbeat this looks at live streams only: a client that vanished from under one
  // would leave its target waiting for as long as the kernel resends.
  session::session::server_facts facts;
  facts.version_2_seen = session_.peer_version() >= 2;
  if (session_.check_pulse(now, {options.heartbeat, {}}, facts) != session::session::pulse::dead)
    return;
  server_.count_.sessions_dead.add();
  session_.close(session::close_reason::heartbeat_timeout, errc::heartbeat_timeout);
}

void server::connection::on_closed(session::session&, session::close_reason reason,
                                   error_code error) {
  log::debug("{}: session of {}{}{} closed: {} ({})", server_.options_.tag, user_->name,
             user_->name.empty() ? "" : " ", source_, session::name(reason), error.message());
  const auto keep = std::move(keep_);
  home_.connections.erase(this);  // `this` ends here
}

namespace {

// Returns when dialling has no sense any more: the stream is over and there is nothing to deliver,
// or there is (a client may send and finish at once) and the place is needed for a younger one.
task<> dialled_in_vain(session::stream& stream, std::optional<stream_slot>& slot,
                       const std::shared_ptr<leftovers>& remaining, const user* who,
                       server_counters& count) {
  // The dial cancels this when it is done, for each stream: no exception for that.
  co_await asio::this_coro::throw_if_cancelled(false);
  error_code ended;
  while (!ended) {
    ended = co_await stream.wait_early();
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) co_return;
  }
  slot.reset();
  if (ended != asio::error::eof || stream.early().empty()) co_return;
  timer until(stream.get_executor(), time_point::max());
  const leftovers::place place(remaining, who, [&] {
    count.leftovers_cut.add();
    until.cancel();
  });
  co_await until.async_wait(use_result);
}

}  // namespace

task<> server::connection::serve_stream(std::shared_ptr<void> /*keep*/, server& server,
                                        stream_job job) {
  auto& [here, request, stream, who, slot, remaining] = job;
  for (;;) {
    auto parsed = protocol::parse_socks_address(stream->early());
    if (!parsed) {
      stream->refuse("malformed target address");
      co_return;
    }
    if (*parsed) {
      request.target = (*parsed)->value;
      stream->consume_early((*parsed)->size);
      break;
    }
    if (co_await stream->wait_early()) co_return;
  }
  // SYN, address and FIN in one go, as fast as they can be written, must not dial.
  if (stream->closed() && stream->early().empty()) co_return;

  using namespace asio::experimental::awaitable_operators;
  auto dialled = co_await (server.connect_(request, here) ||
                           dialled_in_vain(*stream, slot, remaining, who.get(), server.count_));
  if (dialled.index() == 1) {
    server.count_.dials_given_up.add();
    co_return;
  }
  auto target = std::get<0>(std::move(dialled));
  if (!target) {
    const auto why = target.error().message();
    server.count_.targets_failed.add();
    if (target.error() == errc::blocked) server.count_.targets_blocked.add();
    log::info("{}: {} for {}: {}", request.inbound_tag, request.target.to_string(), request.source,
              why);
    stream->refuse(why);
    co_return;
  }
  stream->accept();

  std::optional<leftovers::place> place;
  auto* far = target->get();
  co_await net::relay(std::move(stream), std::move(*target), nullptr, [&](endpoint& left) {
    if (&left != far) return;
    slot.reset();
    place.emplace(remaining, who.get(), [&count = server.count_, far] {
      count.leftovers_cut.add();
      far->reset(asio::error::timed_out);
    });
  });
}

}  // namespace anytls::server
