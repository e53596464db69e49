#pragma once
// A proxy inbound on a thread of its own, a second thread that outbounds can ask for, and the
// sockets around them.

#include "base/log.h"
#include "inbound/proxy_inbound.h"
#include "support/fake_outbound.h"

#include <boost/asio/post.hpp>

#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace anytls::inbound {

using test::blocking_peer;
using end = blocking_peer::end;

class proxy_rig {
 public:
  explicit proxy_rig(proxy_options options = {})
      : inbound((options.tag = options.tag.empty() ? "in" : options.tag, std::move(options)),
                [this](const outbound::request&) -> outbound::outbound& { return out; }) {
    log::set_handler([this](log::level l, std::string_view line) {
      std::lock_guard lock(mutex_);
      if (l >= log::level::info) lines_.emplace_back(line);
    });
  }
  ~proxy_rig() {
    inbound.shut_down();
    // All posted work, and what it posts, has run when nothing is connected any more.
    for (int i = 0; i < 1000 && inbound.connections() != 0; ++i) std::this_thread::sleep_for(5ms);
    EXPECT_EQ(inbound.connections(), 0u);
    guard_one_.reset();
    guard_two_.reset();
    one.stop();
    two.stop();
    thread_one_.join();
    thread_two_.join();
    log::set_handler({});
  }

  /// An application's connection to the proxy.
  blocking_peer connect() {
    auto client = blocking_peer::connect(listener_.port());
    const int fd = listener_.accept_descriptor();
    asio::post(one, [this, fd] {
      tcp_socket socket(one.get_executor());
      socket.assign(tcp::v4(), fd);
      inbound.accept(one, std::move(socket));
    });
    return client;
  }
  blocking_peer connect(std::string_view first) {
    auto client = connect();
    client.send(first);
    return client;
  }
  blocking_peer target() { return out.target.accept(); }

  std::vector<std::string> lines() {
    std::lock_guard lock(mutex_);
    return lines_;
  }
  /// Waits until all connections have ended.
  bool idle() {
    for (int i = 0; i < 2000 && inbound.connections() != 0; ++i) std::this_thread::sleep_for(5ms);
    return inbound.connections() == 0;
  }

  asio::io_context one{1}, two{1};
  test::fake_outbound out;
  proxy_inbound inbound;

 private:
  using work = asio::executor_work_guard<executor>;
  std::mutex mutex_;
  std::vector<std::string> lines_;
  test::blocking_listener listener_;
  work guard_one_{one.get_executor()}, guard_two_{two.get_executor()};
  std::thread thread_one_{[this] { one.run(); }}, thread_two_{[this] { two.run(); }};
};

}  // namespace anytls::inbound
