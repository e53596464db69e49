#pragma once
// An outbound whose only target is a listener of the test's: every attempt connects there, whatever
// was asked for.

#include "net/tcp_endpoint.h"
#include "outbound/outbound.h"
#include "support/blocking_peer.h"

#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace anytls::test {

/// A TCP endpoint whose establishment the test decides: an error, after a while.
class gated_endpoint final : public endpoint, private endpoint_observer {
 public:
  gated_endpoint(tcp_socket socket, error_code outcome, duration after, std::string detail = {})
      : inner_(std::move(socket)), outcome_(outcome), after_(after), detail_(std::move(detail)) {}

  executor get_executor() override { return inner_.get_executor(); }
  void attach(endpoint& peer, endpoint_observer& watcher) override {
    watcher_ = &watcher;
    inner_.attach(peer, *this);
  }
  std::span<const iovec> prepare() override { return inner_.prepare(); }
  void commit(std::size_t size) override { inner_.commit(size); }
  void write(bytes_view data) override { inner_.write(data); }
  std::size_t backlog() const noexcept override { return inner_.backlog(); }
  bool congested() const noexcept override { return inner_.congested(); }
  void finish() override { inner_.finish(); }
  void resume() override { inner_.resume(); }
  void close() override { inner_.close(); }
  void reset(error_code reason) override { inner_.reset(reason); }
  task<error_code> wait_established() override {
    timer wait(inner_.get_executor(), std::chrono::duration_cast<clock::duration>(after_));
    co_await wait.async_wait(use_result);
    co_return outcome_;
  }
  std::string detail() const override { return detail_; }

 private:
  void on_closed(endpoint&, error_code reason) override { watcher_->on_closed(*this, reason); }

  net::tcp_endpoint inner_;
  endpoint_observer* watcher_ = nullptr;
  error_code outcome_;
  duration after_;
  std::string detail_;
};

class fake_outbound final : public outbound::outbound {
 public:
  // Set before the first attempt, or between two that do not overlap:
  error_code open_error;         ///< what open() fails with
  error_code established_error;  ///< what wait_established() says
  duration established_after{0};
  std::string detail;                   ///< what the endpoint says about its end
  asio::io_context* context = nullptr;  ///< where attempts run; null: on the caller's thread

  blocking_listener target;

  const std::string& tag() const noexcept override { return tag_; }
  std::string describe() const override { return "fake (test:1)"; }

  std::unique_ptr<anytls::outbound::attempt> begin(const anytls::outbound::request& what,
                                                   asio::io_context& here) override {
    std::lock_guard lock(mutex_);
    requests_.push_back(what);
    return std::make_unique<attempt>(*this, context ? *context : here);
  }
  void shut_down() override {}

  std::vector<anytls::outbound::request> requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  class attempt final : public anytls::outbound::attempt {
   public:
    attempt(fake_outbound& owner, asio::io_context& on) : owner_(owner), on_(on) {}
    asio::io_context& context() override { return on_; }
    task<result<std::unique_ptr<endpoint>>> open() override {
      EXPECT_TRUE(on_.get_executor().running_in_this_thread());
      if (owner_.open_error) co_return owner_.open_error;
      tcp_socket socket(on_.get_executor());
      const tcp::endpoint to(asio::ip::address_v4::loopback(), owner_.target.port());
      const auto [ec] = co_await socket.async_connect(to, use_result);
      if (ec) co_return ec;
      co_return std::make_unique<gated_endpoint>(std::move(socket), owner_.established_error,
                                                 owner_.established_after, owner_.detail);
    }

   private:
    fake_outbound& owner_;
    asio::io_context& on_;
  };

  const std::string tag_ = "fake";
  mutable std::mutex mutex_;
  std::vector<anytls::outbound::request> requests_;
};

}  // namespace anytls::test
