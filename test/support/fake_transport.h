#pragma once
// A transport without a network: the test scripts what arrives, in which pieces, how much the
// kernel takes, and which IO step fails. No real time passes: run it with settle().

#include "base/transport.h"

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace anytls::test {

/// Runs everything that can run now.
inline void settle(asio::io_context& io) {
  do io.restart();
  while (io.poll() != 0);
}

/// The far side of a fake_transport. The test holds it too, so it outlives the session.
struct fake_wire {
  explicit fake_wire(asio::io_context& context)
      : io(context), readable(context, time_point::max()), writable(context, time_point::max()) {}

  static constexpr std::size_t never = static_cast<std::size_t>(-1);
  static constexpr std::size_t unlimited = static_cast<std::size_t>(-1);

  /// What arrives: one piece is what one read gives. `most` > 0 cuts it.
  void feed(bytes_view data, std::size_t most = 0) {
    while (!data.empty()) {
      const auto n = most ? std::min(most, data.size()) : data.size();
      incoming.emplace_back(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(n));
      data = data.subspan(n);
    }
    readable.cancel();
  }
  /// The connection ends once what was fed has been read.
  void end_reading(error_code error) {
    read_end = error;
    readable.cancel();
  }
  /// The kernel takes so many bytes more, then it is full.
  void take(std::size_t more) {
    room = more;
    move();
    if (queued.empty()) writable.cancel();
  }
  void move() {
    const auto n = std::min(room, queued.size());
    append(sent, bytes_view(queued).first(n));
    queued.erase(queued.begin(), queued.begin() + static_cast<std::ptrdiff_t>(n));
    if (room != unlimited) room -= n;
  }
  /// Every call of an IO function counts; the one numbered fail_at fails.
  bool fails() {
    if (step++ != fail_at) return false;
    failed = true;
    if (!write_alone) {
      broken = fail_with;
      readable.cancel();
      writable.cancel();
    }
    return true;
  }

  asio::io_context& io;
  timer readable;
  timer writable;

  std::deque<bytes> incoming;
  error_code read_end;
  std::vector<bytes> records;  ///< as they were written, flushed or not
  bytes queued;                ///< not taken by the kernel
  bytes sent;                  ///< taken
  std::size_t room = unlimited;
  std::size_t bytes_read = 0;
  std::vector<std::size_t> reads;  ///< what each read gave

  std::size_t step = 0;
  std::size_t fail_at = never;
  error_code fail_with = asio::error::connection_reset;
  bool write_alone = false;  ///< a failed flush leaves the reading half healthy
  bool failed = false;
  error_code broken;

  unsigned cancelled = 0;  ///< how often: only who waits at that moment is woken
  bool closed = false;
  bool aborted = false;
  bool destroyed = false;
};

class fake_transport final : public transport {
 public:
  explicit fake_transport(std::shared_ptr<fake_wire> wire) : wire_(std::move(wire)) {}
  ~fake_transport() override {
    wire_->destroyed = true;
    wire_->readable.cancel();
    wire_->writable.cancel();
  }

  executor get_executor() override { return wire_->io.get_executor(); }

  read_outcome read_some(mutable_bytes out) override {
    auto& w = *wire_;
    if (w.closed || w.aborted) return {0, asio::error::operation_aborted};
    if (!w.write_alone && w.fails()) return {0, w.fail_with};
    if (w.broken) return {0, w.broken};
    if (w.incoming.empty()) return {0, w.read_end};
    auto& piece = w.incoming.front();
    const auto n = std::min(out.size(), piece.size());
    std::copy_n(piece.begin(), n, out.begin());
    w.bytes_read += n;
    w.reads.push_back(n);
    if (n == piece.size())
      w.incoming.pop_front();
    else
      piece.erase(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(n));
    return {n, {}};
  }
  read_outcome read_record(mutable_bytes out) override { return read_some(out); }

  task<error_code> wait_readable() override {
    auto w = wire_;
    if (!w->write_alone && w->fails()) co_return w->fail_with;
    const auto before = w->cancelled;
    while (w->incoming.empty() && !w->read_end && !w->broken && !over(*w, before))
      co_await w->readable.async_wait(use_result);
    co_return over(*w, before) ? error_code(asio::error::operation_aborted) : error_code{};
  }

  void write_record(bytes_view plaintext) override {
    auto& w = *wire_;
    if (w.closed || w.aborted) return;
    w.records.emplace_back(plaintext.begin(), plaintext.end());
    append(w.queued, plaintext);
  }
  error_code flush() override {
    auto& w = *wire_;
    if (w.closed || w.aborted) return asio::error::operation_aborted;
    if (w.fails()) return write_error_ = w.fail_with;
    if (w.broken) return w.broken;
    if (write_error_) return write_error_;
    w.move();
    return {};
  }
  std::size_t backlog() const noexcept override { return wire_->queued.size(); }
  task<error_code> drain() override {
    auto w = wire_;
    if (w->fails()) co_return w->fail_with;
    const auto before = w->cancelled;
    while (!w->queued.empty() && !w->broken && !over(*w, before))
      co_await w->writable.async_wait(use_result);
    co_return over(*w, before) ? error_code(asio::error::operation_aborted) : w->broken;
  }
  void cancel() noexcept override {
    ++wire_->cancelled;
    wire_->readable.cancel();
    wire_->writable.cancel();
  }
  void close() noexcept override {
    if (wire_->closed || wire_->aborted) return;
    if (!wire_->broken) wire_->move();
    wire_->closed = true;
    wire_->readable.cancel();
    wire_->writable.cancel();
  }
  void abort() noexcept override {
    if (wire_->closed || wire_->aborted) return;
    wire_->aborted = true;
    wire_->readable.cancel();
    wire_->writable.cancel();
  }
  std::string peer() const override { return "192.0.2.1:443"; }

 private:
  static bool over(const fake_wire& w, unsigned cancelled_before) {
    return w.closed || w.aborted || w.destroyed || w.cancelled != cancelled_before;
  }

  std::shared_ptr<fake_wire> wire_;
  error_code write_error_;
};

}  // namespace anytls::test
