#include "anytls/client.h"

#include "app/cancel_group.h"
#include "app/public_object.h"
#include "app/public_options.h"
#include "app/public_stream.h"

#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <vector>

namespace anytls {
namespace detail {

class client_impl final : public app::public_object {
 public:
  explicit client_impl(asio::io_context& io) : io_(io) {}

  void start(const client_options& options) {
    wait_for_target_ = options.wait_for_target;
    out_ = std::make_unique<outbound::anytls>(app::to_outbound(options), io_);
    app::abandon_with(io_, weak_from_this());
    self_ = shared_from_this();
    out_->start();
  }

  asio::io_context& io() noexcept { return io_; }

  using open_completion = std::unique_ptr<completion<error_code, stream>>;

  static task<> open(std::shared_ptr<client_impl> me, std::string host, std::uint16_t port,
                     std::shared_ptr<app::cancel_group::handle> handle,
                     asio::cancellation_slot slot, open_completion done) {
    result<std::unique_ptr<endpoint>> opened = error_code(errc::shutting_down);
    if (!me->closed_)
      opened = co_await me->opening_.run(me->io_, connect(me, std::move(host), port), handle);
    if (me->closed_) opened = error_code(errc::shutting_down);
    if (slot.is_connected()) slot.clear();
    std::shared_ptr<stream::impl> connected;
    if (opened) me->remember(connected = std::make_shared<stream::impl>(std::move(*opened)));
    done->complete(opened ? error_code{} : opened.error(),
                   stream(me->io_.get_executor(), std::move(connected)));
  }

  void close() {
    if (std::exchange(closed_, true)) return;
    out_->shut_down();
    // Sessions in use end with their streams.
    for (const auto& one : std::exchange(streams_, {}))
      if (const auto open = one.lock()) open->reset(errc::shutting_down);
    // Asio's cancellation is only sound on the thread of the io_context, and we may be called while
    // none runs.
    asio::post(io_, [this, me = shared_from_this()] { opening_.cancel_all(); });
  }

  void abandon() noexcept override { self_.reset(); }

 private:
  static task<result<std::unique_ptr<endpoint>>> connect(std::shared_ptr<client_impl> me,
                                                         std::string host, std::uint16_t port) {
    if (host.empty() || host.size() > 255) co_return error_code(asio::error::invalid_argument);
    auto attempt =
        me->out_->begin({protocol::address::from_host(host, port), {}, {}, {}, true}, me->io_);
    auto opened = co_await attempt->open();
    if (opened && me->wait_for_target_) {
      const auto error = co_await (*opened)->wait_established();
      if (error) co_return error;
    }
    co_return opened;
  }

  void remember(const std::shared_ptr<stream::impl>& one) {
    if (streams_.size() >= prune_at_) {
      std::erase_if(streams_, [](const auto& old) { return old.expired(); });
      prune_at_ = std::max<std::size_t>(64, 2 * streams_.size());
    }
    streams_.push_back(one);
  }

  asio::io_context& io_;
  std::unique_ptr<outbound::anytls> out_;
  app::cancel_group opening_;
  std::vector<std::weak_ptr<stream::impl>> streams_;
  std::size_t prune_at_ = 64;
  // The pool's sessions and timers point into it and do not hold it, so it stays until the
  // io_context ends.
  std::shared_ptr<public_object> self_;
  bool wait_for_target_ = false;
  bool closed_ = false;
};

}  // namespace detail

client::client(asio::io_context& io, client_options options)
    : core_(std::make_shared<detail::client_impl>(io)) {
  core_->start(options);
}

client::client(client&&) noexcept = default;

client& client::operator=(client&& other) noexcept {
  if (this == &other) return *this;
  close();
  core_ = std::move(other.core_);
  return *this;
}

client::~client() { close(); }

void client::close() {
  if (core_) core_->close();
}

asio::any_io_executor client::executor_of(detail::client_impl& core) {
  return core.io().get_executor();
}

void client::start_open(const std::shared_ptr<detail::client_impl>& core, std::string host,
                        std::uint16_t port, asio::cancellation_slot slot, open_completion done) {
  const auto handle = std::make_shared<app::cancel_group::handle>();
  if (slot.is_connected()) slot.assign([handle](asio::cancellation_type) { handle->cancel(); });
  asio::co_spawn(
      core->io(),
      detail::client_impl::open(core, std::move(host), port, handle, slot, std::move(done)),
      asio::detached);
}

}  // namespace anytls
