#include "net/happy_eyeballs.h"

#include "net/connect_race.h"
#include "net/socket_options.h"

#include <memory>
#include <optional>

namespace anytls::net {
namespace {

/// Shared with the completion handlers, which may come after the race is over.
struct race_state {
  race_state(asio::io_context& context, std::size_t count, duration delay, time_point deadline)
      : wake(context), sockets(count), race(count, delay, deadline) {}

  timer wake;
  std::vector<std::optional<tcp_socket>> sockets;
  connect_race race;
  bool woken = false;  ///< tells an event from a cancellation by whoever runs us
  bool over = false;

  void start(const std::shared_ptr<race_state>& self, asio::io_context& context, std::size_t index,
             const tcp::endpoint& to) {
    auto opened = open_tcp_socket(context, to.protocol());
    if (!opened) {
      race.failed(index, opened.error());
      return;
    }
    auto& socket = sockets[index].emplace(std::move(*opened));
    set_stream_options(socket.native_handle());
    socket.async_connect(to, [self, index](error_code failed) {
      if (self->over) return;
      if (failed) {
        self->sockets[index].reset();
        self->race.failed(index, failed);
      } else {
        self->race.connected(index);
      }
      self->woken = true;
      self->wake.cancel();
    });
  }
};

/// Closes the losers however the race ends, also where the coroutine is destroyed while it waits.
struct end_race {
  std::shared_ptr<race_state> state;
  explicit end_race(std::shared_ptr<race_state> s) : state(std::move(s)) {}
  end_race(const end_race&) = delete;
  ~end_race() {
    state->over = true;
    for (auto& socket : state->sockets) socket.reset();
  }
};

}  // namespace

task<result<tcp_socket>> connect_first(asio::io_context& context,
                                       std::vector<tcp::endpoint> endpoints, time_point deadline,
                                       duration attempt_delay) {
  auto state = std::make_shared<race_state>(context, endpoints.size(), attempt_delay, deadline);
  end_race closer(state);

  for (;;) {
    const auto action = state->race.next(clock::now());
    if (const auto* start = std::get_if<start_attempt>(&action)) {
      state->start(state, context, start->index, endpoints[start->index]);
    } else if (const auto* wait = std::get_if<wait_for_event>(&action)) {
      state->woken = false;
      state->wake.expires_at(wait->until);
      auto [ended] = co_await state->wake.async_wait(use_result);
      if (ended && !state->woken) co_return ended;
    } else if (const auto* won = std::get_if<race_won>(&action)) {
      co_return std::move(*state->sockets[won->index]);
    } else {
      co_return std::get<race_lost>(action).reason;
    }
  }
}

}  // namespace anytls::net
