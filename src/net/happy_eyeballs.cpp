#include "net/happy_eyeballs.h"

#include "net/connect_race.h"
#include "net/socket_options.h"

#include <netinet/tcp.h>
#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

namespace anytls::net {
namespace {

/// Shared with the completion handlers, which may come after the race is over.
struct race_state {
  race_state(asio::io_context& c, std::size_t count, time_point until, connect_options options)
      : context(c),
        wake(c),
        deadline(until),
        how(std::move(options)),
        sockets(count),
        race(count, how.attempt_delay, until) {}

  asio::io_context& context;
  timer wake;
  time_point deadline;
  connect_options how;
  std::vector<std::optional<tcp_socket>> sockets;
  connect_race race;
  bool woken = false;  ///< tells an event from a cancellation by whoever runs us
  bool over = false;

  void start(const std::shared_ptr<race_state>& self, std::size_t index, const tcp::endpoint& to) {
    const bool multi_path = how.setup && how.setup->multi_path;
    if (!how.network_space)
      return connect(self, index, to, open_tcp_socket(context, to.protocol(), multi_path));
    how.network_space->open(context, to.protocol(), multi_path,
                            [self, index, to](result<tcp_socket> opened) {
                              if (!self->over) self->connect(self, index, to, std::move(opened));
                            });
  }

  void connect(const std::shared_ptr<race_state>& self, std::size_t index, const tcp::endpoint& to,
               result<tcp_socket> opened) {
    if (!opened) return failed(index, opened.error());
    auto& socket = sockets[index].emplace(std::move(*opened));
    set_stream_options(socket.native_handle());
    if (how.setup)
      if (const auto refused = set_up_to_connect(socket.native_handle(), to, *how.setup))
        return failed(index, refused);
    socket.async_connect(to, [self, index](error_code error) {
      if (self->over) return;
      if (error) return self->failed(index, error);
      if (self->how.setup && self->how.setup->fast_open) self->limit_first_data(index);
      self->race.connected(index);
      self->look_again();
    });
  }

  void failed(std::size_t index, const error_code& error) {
    sockets[index].reset();
    race.failed(index, error);
    look_again();
  }

  void look_again() {
    woken = true;
    wake.cancel();
  }

  void limit_first_data(std::size_t index) {
    const int fd = sockets[index]->native_handle();
    if (!awaits_first_data(fd)) return;
    const auto half = std::chrono::ceil<std::chrono::milliseconds>((deadline - clock::now()) / 2);
    const auto limit = static_cast<unsigned>(std::max<std::int64_t>(half.count(), 1));
    ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof limit);
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
                                       connect_options options) {
  auto state =
      std::make_shared<race_state>(context, endpoints.size(), deadline, std::move(options));
  end_race closer(state);

  for (;;) {
    const auto action = state->race.next(clock::now());
    if (const auto* start = std::get_if<start_attempt>(&action)) {
      state->start(state, start->index, endpoints[start->index]);
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
