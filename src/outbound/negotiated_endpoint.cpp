#include "outbound/negotiated_endpoint.h"

#include "base/io_buffers.h"

#include <boost/asio/post.hpp>

#include <optional>
#include <utility>

namespace anytls::outbound {

// What the remote end pushes into: the codec first, then whoever is attached. Kept by shared_ptr:
// after the owner has let go it lives on until the remote end says that it is closed, as the
// contract of endpoint demands.
class negotiated_endpoint::near_end final
    : public endpoint,
      public endpoint_observer,
      public std::enable_shared_from_this<negotiated_endpoint::near_end> {
 public:
  near_end(std::unique_ptr<endpoint> remote, std::unique_ptr<proxy_codec> codec)
      : remote_(std::move(remote)),
        codec_(std::move(codec)),
        wakeup_(remote_->get_executor(), time_point::max()),
        kept_until_(remote_->get_executor(), time_point::max()) {}

  task<error_code> negotiate() {
    const auto self = shared_from_this();
    // Not a member that points to itself: the context's end must be able to let go of this.
    kept_until_.async_wait([self](error_code) {});
    attached_ = true;
    remote_->attach(*this, *this);
    remote_->write(codec_->hello());
    for (;;) {
      while (!action_ && !closed_ && !ended_) co_await wakeup_.async_wait(use_result);
      if (!action_) co_return reason_ ? reason_ : make_error_code(errc::proxy_closed);
      const auto action = *std::exchange(action_, {});
      if (const auto* no = std::get_if<proxy_refused>(&action)) co_return no->why;
      if (std::holds_alternative<proxy_done>(action)) break;
      if (closed_) co_return reason_ ? reason_ : make_error_code(errc::proxy_closed);
      remote_->write(std::get<proxy_send>(action).data);
      take_early();
    }
    codec_.reset();
    co_return error_code{};
  }

  void attach_to(negotiated_endpoint& owner, endpoint& peer, endpoint_observer& watcher) {
    peer_ = &peer;
    watcher_ = &watcher;
    owner_ = &owner;
    if (!early_.empty()) {
      peer_->write(early_);
      bytes().swap(early_);
    }
    if (ended_) peer_->finish();
    if (closed_) {
      asio::post(remote_->get_executor(), [self = shared_from_this()] {
        if (self->watcher_) self->watcher_->on_closed(*self->owner_, self->reason_);
      });
    } else {
      remote_->resume();
    }
  }

  void let_go() {
    peer_ = nullptr;
    watcher_ = nullptr;
    owner_ = nullptr;
    gone_ = true;
    bytes().swap(early_);
    if (attached_ && !closed_) remote_->reset(asio::error::operation_aborted);
  }

  endpoint& remote() noexcept { return *remote_; }

  // endpoint, as the remote one sees it
  executor get_executor() override { return remote_->get_executor(); }
  void attach(endpoint&, endpoint_observer&) override {}
  std::span<const iovec> prepare() override {
    if (peer_) return peer_->prepare();
    const auto buffer = io_buffers::plaintext_out();
    room_ = {buffer.data(), buffer.size()};
    return {&room_, 1};
  }
  void commit(std::size_t size) override {
    if (peer_) return peer_->commit(size);
    write(io_buffers::plaintext_out().first(size));
  }
  void write(bytes_view data) override { write_parts({&data, 1}); }
  void write_parts(std::span<const bytes_view> parts) override {
    if (peer_) return peer_->write_parts(parts);
    if (gone_) return;
    for (const auto& part : parts) append(early_, part);
    if (codec_) take_early();
  }
  std::size_t backlog() const noexcept override { return peer_ ? peer_->backlog() : early_.size(); }
  // Who talks on without having been asked waits, too.
  bool congested() const noexcept override {
    return peer_ ? peer_->congested() : !early_.empty() && !gone_;
  }
  void finish() override {
    if (peer_) return peer_->finish();
    ended_ = true;
    wakeup_.cancel();
  }
  void finish_perhaps_gone() override {
    if (peer_) return peer_->finish_perhaps_gone();
    finish();
  }
  void resume() override {
    if (peer_) peer_->resume();
  }
  void close() override {}
  void reset(error_code) override {}
  task<error_code> wait_established() override { co_return error_code{}; }

  void on_closed(endpoint&, error_code reason) override {
    const auto self = shared_from_this();
    closed_ = true;
    reason_ = reason;
    wakeup_.cancel();
    kept_until_.cancel();
    if (watcher_) watcher_->on_closed(*owner_, reason);
  }

 private:
  /// One action at a time; what lies behind it waits until it is carried out.
  void take_early() {
    if (action_ || early_.empty()) return;
    const bool was_full = congested();
    auto step = codec_->next(early_);
    early_.erase(early_.begin(), early_.begin() + static_cast<std::ptrdiff_t>(step.used));
    if (!std::holds_alternative<proxy_need_more>(step.action)) {
      action_ = std::move(step.action);
      wakeup_.cancel();
    } else if (was_full && !closed_) {
      remote_->resume();
    }
  }

  std::unique_ptr<endpoint> remote_;
  std::unique_ptr<proxy_codec> codec_;  ///< until it is done
  std::optional<proxy_action> action_;
  bytes early_;  ///< came before anybody was attached, and is not the codec's (yet)
  timer wakeup_;
  timer kept_until_;  ///< holds this until the remote end is closed
  iovec room_{};
  negotiated_endpoint* owner_ = nullptr;
  endpoint* peer_ = nullptr;
  endpoint_observer* watcher_ = nullptr;
  error_code reason_;
  bool attached_ = false;  ///< this, to the remote end
  bool ended_ = false;     ///< the remote end has no more to push
  bool closed_ = false;    ///< it is closed
  bool gone_ = false;      ///< the owner is
};

negotiated_endpoint::negotiated_endpoint(std::unique_ptr<endpoint> remote,
                                         std::unique_ptr<proxy_codec> codec)
    : near_(std::make_shared<near_end>(std::move(remote), std::move(codec))) {}

negotiated_endpoint::~negotiated_endpoint() { near_->let_go(); }

task<error_code> negotiated_endpoint::negotiate() { return near_->negotiate(); }

executor negotiated_endpoint::get_executor() { return near_->get_executor(); }

void negotiated_endpoint::attach(endpoint& peer, endpoint_observer& watcher) {
  near_->attach_to(*this, peer, watcher);
}

std::span<const iovec> negotiated_endpoint::prepare() { return near_->remote().prepare(); }
void negotiated_endpoint::commit(std::size_t size) { near_->remote().commit(size); }
void negotiated_endpoint::write(bytes_view data) { near_->remote().write(data); }
void negotiated_endpoint::write_parts(std::span<const bytes_view> parts) {
  near_->remote().write_parts(parts);
}
std::size_t negotiated_endpoint::backlog() const noexcept { return near_->remote().backlog(); }
bool negotiated_endpoint::congested() const noexcept { return near_->remote().congested(); }
void negotiated_endpoint::finish() { near_->remote().finish(); }
void negotiated_endpoint::finish_perhaps_gone() { near_->remote().finish_perhaps_gone(); }
void negotiated_endpoint::resume() { near_->remote().resume(); }
void negotiated_endpoint::close() { near_->remote().close(); }
void negotiated_endpoint::reset(error_code reason) { near_->remote().reset(reason); }
std::string negotiated_endpoint::detail() const { return near_->remote().detail(); }

// The proxy has answered for the target.
task<error_code> negotiated_endpoint::wait_established() { co_return error_code{}; }

}  // namespace anytls::outbound
