#include "net/listener.h"

#include "base/log.h"
#include "net/io_threads.h"
#include "net/listen_socket.h"
#include "net/socket_options.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>

namespace anytls::net {
namespace {

constexpr duration shortest_pause = 10ms;
constexpr duration longest_pause = 1s;
constexpr duration warn_interval = 1min;
// Connections taken per turn, so that a flood of them does not keep the thread from what it serves
// already.
constexpr int accept_batch = 16;

error_code last_error() { return {errno, boost::system::system_category()}; }

std::string to_text(const tcp::endpoint& e) {
  return e.address().is_v6() ? fmt::format("[{}]:{}", e.address().to_string(), e.port())
                             : fmt::format("{}:{}", e.address().to_string(), e.port());
}

enum class trouble { none_waiting, again, no_descriptors, no_memory, aborted, other };

trouble classify(int e) {
  switch (e) {
    case EAGAIN:
      return trouble::none_waiting;
    case EINTR:
      return trouble::again;
    case EMFILE:
    case ENFILE:
      return trouble::no_descriptors;
    case ENOBUFS:
    case ENOMEM:
      return trouble::no_memory;
    // accept(2): errors that are already pending on the new socket are handed out here.
    case ECONNABORTED:
    case ENETDOWN:
    case EPROTO:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
    case EPERM:  // a firewall
      return trouble::aborted;
    default:
      return trouble::other;
  }
}

}  // namespace

struct listener::state {
  state(asio::io_context& c, const tcp::endpoint& where)
      : context(c), acceptor(c), pause(c), local(where) {}

  asio::io_context& context;
  tcp_acceptor acceptor;
  timer pause;
  tcp::endpoint local;
  accept_handler on_accept;
  counters count;
  duration next_pause = shortest_pause;
  time_point next_warning{};
  bool stopped = false;

  void hand_over(int fd, const tcp& protocol) {
    auto socket = adopt_tcp_socket(context, protocol, fd);
    if (!socket) return complain(socket.error());
    ++count.accepted;
    next_pause = shortest_pause;
    try {
      on_accept(std::move(*socket));
    } catch (const std::exception& e) {
      log::error("listening on {}: a connection is dropped: {}", to_text(local), e.what());
    }
  }

  void complain(const error_code& e) {
    const auto now = clock::now();
    if (now < next_warning) return;
    next_warning = now + warn_interval;
    log::warn("listening on {}: a connection cannot be accepted: {}{}", to_text(local), e.message(),
              classify(e.value()) == trouble::no_descriptors
                  ? " (raise the limit of open files, LimitNOFILE= in a systemd unit)"
                  : "");
  }

  /// Takes what waits. True: pause before the next try.
  bool take_batch() {
    const auto protocol = local.protocol();
    for (int i = 0; i < accept_batch && !stopped; ++i) {
      const int fd =
          ::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd >= 0) {
        hand_over(fd, protocol);
        continue;
      }
      const auto e = last_error();
      switch (classify(e.value())) {
        case trouble::none_waiting:
          return false;
        case trouble::again:
          continue;
        case trouble::aborted:
          ++count.aborted;
          continue;
        case trouble::no_descriptors:
          ++count.no_descriptors;
          break;
        case trouble::no_memory:
          ++count.no_memory;
          break;
        case trouble::other:
          ++count.failed;
          break;
      }
      complain(e);
      return true;
    }
    return false;
  }

  static task<> run(std::shared_ptr<state> self) {
    while (!self->stopped) {
      auto [failed] = co_await self->acceptor.async_wait(tcp_acceptor::wait_read, use_result);
      if (self->stopped) co_return;
      if (!failed && !self->take_batch()) continue;
      if (self->stopped) co_return;
      self->pause.expires_after(self->next_pause);
      self->next_pause = std::min(self->next_pause * 2, longest_pause);
      co_await self->pause.async_wait(use_result);
    }
  }
};

result<std::unique_ptr<listener>> listener::make(asio::io_context& context,
                                                 const tcp::endpoint& where,
                                                 listener_options options) {
  auto actual = where;
  const auto fd = open_listening_socket(actual, options);
  if (!fd) return fd.error();

  auto s = std::make_shared<state>(context, actual);
  error_code failed;
  s->acceptor.assign(actual.protocol(), *fd, failed);
  if (failed) {
    ::close(*fd);
    return failed;
  }
  s->acceptor.native_non_blocking(true, failed);
  if (const auto local = s->acceptor.local_endpoint(failed); !failed) s->local = local;
  return std::unique_ptr<listener>(new listener(std::move(s)));
}

listener::~listener() { stop(); }

void listener::start(accept_handler on_accept) {
  if (state_->stopped || state_->on_accept) return;
  state_->on_accept = std::move(on_accept);
  asio::co_spawn(state_->context, state::run(state_), asio::detached);
}

void listener::stop() noexcept {
  state_->stopped = true;
  error_code ignored;
  state_->acceptor.close(ignored);
  state_->pause.cancel();
}

tcp::endpoint listener::local_endpoint() const noexcept { return state_->local; }
const listener::counters& listener::count() const noexcept { return state_->count; }

result<std::vector<std::unique_ptr<listener>>> listen_on_all(io_threads& threads,
                                                             const tcp::endpoint& where,
                                                             listener_options options) {
  std::vector<std::unique_ptr<listener>> all;
  auto next = where;
  options.reuse_port = threads.size() > 1;
  options.join = false;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    auto made = listener::make(threads[i], next, options);
    if (!made) return made.error();
    next = (*made)->local_endpoint();
    options.join = true;
    all.push_back(std::move(*made));
  }
  return all;
}

}  // namespace anytls::net
