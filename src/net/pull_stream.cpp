#include "net/pull_stream.h"

#include "base/io_buffers.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

namespace anytls::net {
namespace {

constexpr std::size_t pause_mark = 64 * 1024;

}  // namespace

// The local end that the remote one pushes into. Kept by shared_ptr: after the user has let go it
// lives on until the remote end says that it is closed, as the contract of endpoint demands.
class pull_stream::end final : public endpoint,
                               public endpoint_observer,
                               public std::enable_shared_from_this<pull_stream::end> {
 public:
  explicit end(std::unique_ptr<endpoint> remote)
      : remote_(std::move(remote)),
        readable_(remote_->get_executor(), time_point::max()),
        writable_(remote_->get_executor(), time_point::max()),
        kept_until_(remote_->get_executor(), time_point::max()) {}

  void start() {
    // Not a member that points to itself: the context's end must be able to let go of this.
    kept_until_.async_wait([self = shared_from_this()](error_code) {});
    remote_->attach(*this, *this);
  }

  // endpoint, as the remote one sees it
  executor get_executor() override { return remote_->get_executor(); }
  void attach(endpoint&, endpoint_observer&) override {}
  std::span<const iovec> prepare() override {
    auto buffer = io_buffers::plaintext_out();
    room_ = {buffer.data(), buffer.size()};
    return {&room_, 1};
  }
  void commit(std::size_t size) override { write(io_buffers::plaintext_out().first(size)); }
  void write(bytes_view data) override {
    if (let_go_) return;
    // A reader that never catches up quite must not make this grow by what it has read already.
    if (at_ > buffer_.size() / 2) {
      buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at_));
      at_ = 0;
    }
    append(buffer_, data);
    readable_.cancel();
  }
  std::size_t backlog() const noexcept override { return buffer_.size() - at_; }
  bool congested() const noexcept override { return backlog() >= pause_mark; }
  void finish() override {
    ended_ = true;
    readable_.cancel();
  }
  void resume() override { writable_.cancel(); }
  void close() override {}
  void reset(error_code) override {}
  task<error_code> wait_established() override { co_return error_code{}; }

  void on_closed(endpoint&, error_code reason) override {
    closed_ = true;
    ended_ = true;
    if (!error_) error_ = reason;
    readable_.cancel();
    writable_.cancel();
    kept_until_.cancel();
  }

  // what the user calls
  task<std::pair<error_code, std::size_t>> read_some(mutable_bytes out) {
    auto self = shared_from_this();
    while (at_ == buffer_.size() && !ended_) co_await readable_.async_wait(use_result);
    if (at_ == buffer_.size())
      co_return std::pair{error_ ? error_ : error_code(asio::error::eof), std::size_t{0}};
    const bool was_congested = congested();
    const std::size_t n = std::min(out.size(), buffer_.size() - at_);
    std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(at_), n, out.begin());
    at_ += n;
    if (at_ == buffer_.size()) {
      bytes().swap(buffer_);
      at_ = 0;
    }
    if (was_congested && !congested() && !closed_) remote_->resume();
    co_return std::pair{error_code{}, n};
  }

  task<error_code> push(bytes_view data) {
    auto self = shared_from_this();
    if (closed_) co_return error_ ? error_ : error_code(asio::error::broken_pipe);
    remote_->write(data);
    while (!closed_ && remote_->congested()) co_await writable_.async_wait(use_result);
    if (closed_ && error_) co_return error_;
    co_return error_code{};
  }

  void push_end() {
    if (!closed_) remote_->finish();
  }

  void abandon(error_code reason) {
    if (!error_) error_ = reason;
    ended_ = true;
    readable_.cancel();
    writable_.cancel();
    if (!closed_) remote_->reset(reason);
  }

  void shut() {
    let_go_ = true;
    bytes().swap(buffer_);
    at_ = 0;
    if (!error_) error_ = asio::error::operation_aborted;
    ended_ = true;
    readable_.cancel();
    writable_.cancel();
    if (!closed_) remote_->close();
  }

  void let_go() {
    let_go_ = true;
    if (closed_) return;
    // Both directions already over: a proper close; anything else is an abandoned transfer.
    if (ended_ && at_ == buffer_.size())
      remote_->close();
    else
      abandon(asio::error::operation_aborted);
  }

  endpoint& remote() noexcept { return *remote_; }

 private:
  std::unique_ptr<endpoint> remote_;
  timer readable_;
  timer writable_;
  timer kept_until_;  ///< holds this until the remote end is closed
  bytes buffer_;
  std::size_t at_ = 0;
  iovec room_{};
  error_code error_;
  bool ended_ = false;
  bool closed_ = false;
  bool let_go_ = false;
};

pull_stream::pull_stream(std::unique_ptr<endpoint> remote)
    : end_(std::make_shared<end>(std::move(remote))) {
  end_->start();
}

pull_stream::~pull_stream() {
  if (end_) end_->let_go();
}

pull_stream::pull_stream(pull_stream&&) noexcept = default;

pull_stream& pull_stream::operator=(pull_stream&& other) noexcept {
  if (end_) end_->let_go();
  end_ = std::move(other.end_);
  return *this;
}

task<std::pair<error_code, std::size_t>> pull_stream::read_some(mutable_bytes out) {
  return end_->read_some(out);
}
task<error_code> pull_stream::write(bytes_view data) { return end_->push(data); }
void pull_stream::finish() { end_->push_end(); }
void pull_stream::close() { end_->shut(); }
void pull_stream::reset(error_code reason) { end_->abandon(reason); }
task<error_code> pull_stream::wait_established() {
  auto self = end_;
  co_return co_await self->remote().wait_established();
}

std::string pull_stream::detail() const { return end_->remote().detail(); }

}  // namespace anytls::net
