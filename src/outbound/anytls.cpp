#include "outbound/anytls.h"

#include "base/log.h"
#include "net/thread_resolver.h"
#include "pool/request_stream.h"
#include "tls/stream.h"

#include <netinet/tcp.h>
#include <algorithm>

namespace anytls::outbound {
namespace {

constexpr duration handshake_deadline = 10s;
// A path that swallows the first data of connections is left alone for so long.
constexpr duration without_fast_open_for = 10min;
// A server behind a name with many addresses: the last ones count.
constexpr std::size_t most_routes = 16;

class anytls_attempt final : public attempt {
 public:
  anytls_attempt(pool::session_pool& pool, pool::session_pool::reservation reserved,
                 protocol::address target, asio::io_context& here)
      : pool_(pool),
        reserved_(std::move(reserved)),
        context_(reserved_ ? reserved_.context() : here),
        target_(std::move(target)) {}

  asio::io_context& context() override { return context_; }

  task<result<std::unique_ptr<endpoint>>> open() override {
    auto stream = std::make_unique<pool::request_stream>(pool_, std::move(reserved_), context_,
                                                         std::move(target_));
    if (const auto error = co_await stream->begin()) co_return error;
    co_return std::unique_ptr<endpoint>(std::move(stream));
  }

 private:
  pool::session_pool& pool_;
  pool::session_pool::reservation reserved_;
  asio::io_context& context_;
  protocol::address target_;
};

std::shared_ptr<const net::socket_setup> setup_without_fast_open(const net::dial_options& dial) {
  if (!dial.sockets.setup || !dial.sockets.setup->fast_open) return nullptr;
  return without_fast_open(dial).sockets.setup;
}

net::route_choice route_choice(const net::dial_options& dial) {
  if (!dial.sockets.setup) return {};
  return {dial.sockets.setup->interface, dial.sockets.setup->mark};
}

}  // namespace

anytls::anytls(anytls_options options, std::vector<asio::io_context*> threads)
    : options_(std::move(options)),
      without_fast_open_(setup_without_fast_open(options_.dial)),
      route_choice_(route_choice(options_.dial)),
      elsewhere_(options_.dial.sockets.network_space != nullptr),
      description_(options_.tag + " (" +
                   protocol::address::from_host(options_.server, options_.port).to_string() + ")"),
      server_(protocol::address::from_host(options_.server, options_.port)),
      through_{options_.dial, options_.through},
      pool_(
          pool::session_pool::parts{.name = description_,
                                    .words = options_.words,
                                    .password_hash = sha256(as_bytes(options_.password)),
                                    .dial = [this](asio::io_context& here,
                                                   duration within) { return dial(here, within); },
                                    .connect_timeout = options_.dial.connect_timeout,
                                    .threads = std::move(threads)},
          options_.pool) {}

// A request may come sooner after waking up than the watch of the host does.
void anytls::notice_sleep() {
  const auto now = net::time_asleep();
  if (now - asleep_.load(std::memory_order_relaxed) < net::sleep_detector::shortest_sleep) return;
  asleep_.store(now, std::memory_order_relaxed);
  pool_.network_changed("the host has slept");
}

std::unique_ptr<attempt> anytls::begin(const request& what, asio::io_context& here) {
  notice_sleep();
  return std::make_unique<anytls_attempt>(pool_, pool_.reserve(what.pinned ? &here : nullptr),
                                          what.target, here);
}

// Not replaced where it is known: sessions that went the old way may still be idle.
void anytls::remember_route(const asio::ip::address& to) {
  std::lock_guard hold(mutex_);
  const auto known =
      std::any_of(routes_.begin(), routes_.end(), [&](const auto& one) { return one.first == to; });
  if (known || elsewhere_) return;
  if (routes_.size() == most_routes) routes_.erase(routes_.begin());
  routes_.emplace_back(to, net::look_up_route(to, route_choice_));
}

void anytls::host_changed(bool slept, std::string_view why) {
  bool other_way = false;
  {
    std::lock_guard hold(mutex_);
    for (auto& [to, before] : routes_) {
      const auto now = net::look_up_route(to, route_choice_);
      // Without a way nothing can be tried; the one that comes next will be another.
      if (now != net::route{} && now != std::exchange(before, now)) other_way = true;
      if (now == net::route{}) before = now;
    }
    // It lies over an outbound that has been told first.
    if (const auto below = through_.through ? through_.through->ways_taken() : 0;
        below != std::exchange(below_, below))
      other_way = true;
  }
  if (other_way) ways_taken_.fetch_add(1, std::memory_order_relaxed);
  if (slept || other_way) pool_.network_changed(why);
}

task<result<std::unique_ptr<transport>>> anytls::dial(asio::io_context& here, duration within) {
  auto established = co_await connect(here, within, tls::offer_alpn::yes);
  if (established || established.error() != errc::tls_alpn || !options_.tls->guesses_alpn())
    co_return established;
  // What nobody configured must not keep a server out of reach. It is remembered only after the
  // server has proved to be the right one: anybody on the way can send the alert.
  established = co_await connect(here, within, tls::offer_alpn::no);
  if (established && options_.tls->leave_alpn_out())
    log::warn(
        "{}: the server insists on an ALPN of its own; without one in the configuration (alpn) "
        "none is offered any more, which no browser does",
        description_);
  co_return established;
}

task<result<bytes>> anytls::look_up_ech(asio::io_context& here, duration within) {
  if (!options_.tls->ech().needs_lookup()) co_return bytes();
  auto found = co_await net::resolver_of(here).ech_configs(options_.ech_name, within);
  if (found && found->empty()) co_return error_code(errc::ech_no_config);
  co_return found;
}

task<result<std::unique_ptr<transport>>> anytls::connect(asio::io_context& here, duration within,
                                                         tls::offer_alpn alpn) {
  const auto deadline = clock::now() + within;
  const auto ech_configs = co_await look_up_ech(here, within);
  if (!ech_configs) co_return ech_configs.error();
  auto established = co_await connect_with(here, deadline - clock::now(), alpn, *ech_configs);
  // The server has said what it takes instead, and the TLS context remembers that.
  if (!established && established.error() == errc::ech_rejected)
    established = co_await connect_with(here, deadline - clock::now(), alpn, *ech_configs);
  co_return established;
}

// With TCP Fast Open the first address always wins the race, whether it still answers or not: its
// SYN waits for the ClientHello. Where that is lost the addresses are raced once more without, in
// the other half of the time, and so are the next connections.
task<result<std::unique_ptr<transport>>> anytls::connect_with(asio::io_context& here,
                                                              duration within, tls::offer_alpn alpn,
                                                              bytes ech_configs) {
  if (through_.through) co_return co_await dial_through(here, within, alpn, std::move(ech_configs));
  const auto deadline = clock::now() + within;
  auto how = options_.dial;
  how.connect_timeout = within;
  const bool fast =
      without_fast_open_ && clock::now() >= fast_open_again_.load(std::memory_order_relaxed);
  if (!fast) {
    if (without_fast_open_) how.sockets.setup = without_fast_open_;
    co_return co_await dial_once(here, std::move(how), alpn, std::move(ech_configs), nullptr);
  }
  bool lost = false;
  auto made = co_await dial_once(here, how, alpn, ech_configs, &lost);
  if (made || !lost) co_return made;
  fast_open_again_.store(clock::now() + without_fast_open_for, std::memory_order_relaxed);
  how.connect_timeout = deadline - clock::now();
  how.sockets.setup = without_fast_open_;
  co_return co_await dial_once(here, std::move(how), alpn, std::move(ech_configs), nullptr);
}

task<result<std::unique_ptr<transport>>> anytls::dial_once(asio::io_context& here,
                                                           net::dial_options how,
                                                           tls::offer_alpn alpn, bytes ech_configs,
                                                           bool* lost) {
  net::dialer dialer(here, net::resolver_of(here));
  auto socket = co_await dialer.connect(server_, std::move(how));
  if (!socket) co_return socket.error();
  const bool unconnected = lost && net::awaits_first_data(socket->native_handle());
  error_code gone;
  if (const auto peer = socket->remote_endpoint(gone); !gone) remember_route(peer.address());
  auto established = co_await tls::stream::connect(
      std::move(*socket), options_.tls, handshake_deadline, alpn, std::move(ech_configs));
  if (!established) {
    if (unconnected) *lost = tls::stream::never_connected(established.error());
    co_return established.error();
  }
  if (unconnected) {
    const int fd = (*established)->native_handle();
    const unsigned no_limit = 0;  // of happy_eyeballs.h
    ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &no_limit, sizeof no_limit);
    if (const auto peer = net::peer_of(fd)) remember_route(peer->address());
  }
  co_return std::unique_ptr<transport>(std::move(*established));
}

task<result<std::unique_ptr<transport>>> anytls::dial_through(asio::io_context& here,
                                                              duration within, tls::offer_alpn alpn,
                                                              bytes ech_configs) {
  // Whoever waits for this session is on this thread.
  hop to(through_, {.target = server_, .pinned = true}, here);
  auto socket = co_await to.open_socket(within);
  if (!socket) co_return socket.error();
  error_code gone;
  const auto peer = socket->remote_endpoint(gone);
  // A bridge has no address, and what lies under it knows its own way.
  if (!gone && peer.data()->sa_family != AF_UNIX) remember_route(peer.address());
  auto established = co_await tls::stream::connect(
      std::move(*socket), options_.tls, handshake_deadline, alpn, std::move(ech_configs));
  if (!established) co_return established.error();
  co_return std::unique_ptr<transport>(std::move(*established));
}

}  // namespace anytls::outbound
