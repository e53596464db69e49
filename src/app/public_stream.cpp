#include "app/public_stream.h"

#include "base/limits.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

namespace anytls {
namespace {

using outcome = std::pair<error_code, std::size_t>;

const error_code aborted = asio::error::operation_aborted;

/// Runs `work` (which holds what it needs) and completes. The only exception that can come out of
/// it is cancellation.
void run(const executor& where, task<outcome> work, asio::cancellation_slot slot,
         std::unique_ptr<detail::completion<error_code, std::size_t>> done) {
  asio::co_spawn(
      where, std::move(work),
      asio::bind_cancellation_slot(
          slot, [done = std::move(done)](const std::exception_ptr& cancelled, const outcome& got) {
            if (cancelled)
              done->complete(aborted, 0);
            else
              done->complete(got.first, got.second);
          }));
}

}  // namespace

stream::stream() noexcept = default;
stream::stream(executor_type where, std::shared_ptr<impl> connected)
    : executor_(std::move(where)), impl_(std::move(connected)) {}
stream::stream(stream&&) noexcept = default;

stream& stream::operator=(stream&& other) noexcept {
  if (this == &other) return *this;
  if (impl_) impl_->io.reset();
  executor_ = std::move(other.executor_);
  impl_ = std::move(other.impl_);
  return *this;
}

stream::~stream() {
  if (impl_) impl_->io.reset();  // operations in flight hold impl_
}

bool stream::is_open() const noexcept { return impl_ && impl_->open; }

void stream::start_read(asio::mutable_buffer to, asio::cancellation_slot slot, io_completion done) {
  if (!impl_ || to.size() == 0) {
    const error_code why = impl_ ? error_code{} : error_code(asio::error::not_connected);
    asio::post(executor_, [done = std::move(done), why] { done->complete(why, 0); });
    return;
  }
  auto read = [](std::shared_ptr<impl> me, mutable_bytes out) -> task<outcome> {
    if (!me->io) co_return outcome{aborted, 0};
    co_return co_await me->io->read_some(out);
  };
  run(impl_->executor, read(impl_, {static_cast<std::uint8_t*>(to.data()), to.size()}), slot,
      std::move(done));
}

void stream::start_write(const buffer_list& from, asio::cancellation_slot slot,
                         io_completion done) {
  if (!impl_ || from.count == 0) {
    const error_code why = impl_ ? error_code{} : error_code(asio::error::not_connected);
    asio::post(executor_, [done = std::move(done), why] { done->complete(why, 0); });
    return;
  }
  const auto view = [](const asio::const_buffer& b) {
    return bytes_view(static_cast<const std::uint8_t*>(b.data()), b.size());
  };
  // Small pieces become one frame; a large first one goes alone and is not copied here.
  bytes together;
  auto data = view(from.items[0]);
  if (from.count > 1 && data.size() < limits::record) {
    for (std::size_t i = 0; i < from.count && together.size() < limits::record; ++i) {
      const auto next = view(from.items[i]);
      append(together, next.first(std::min(next.size(), limits::record - together.size())));
    }
    data = {};
  }
  data = data.first(std::min(data.size(), limits::stream_backlog));

  auto write = [](std::shared_ptr<impl> me, bytes_view alone, bytes gathered) -> task<outcome> {
    if (!me->io || !me->open) co_return outcome{aborted, 0};
    if (!me->sending) co_return outcome{asio::error::broken_pipe, 0};
    const auto what = alone.empty() ? bytes_view(gathered) : alone;
    const auto error = co_await me->io->write(what);
    co_return outcome{error, error ? 0 : what.size()};
  };
  run(impl_->executor, write(impl_, data, std::move(together)), slot, std::move(done));
}

void stream::shutdown_send() {
  if (!is_open() || !std::exchange(impl_->sending, false)) return;
  impl_->io->finish();
}

void stream::close() {
  if (!is_open()) return;
  impl_->open = false;
  impl_->io->close();
}

void stream::reset() {
  if (!is_open()) return;
  impl_->reset(aborted);
}

}  // namespace anytls
