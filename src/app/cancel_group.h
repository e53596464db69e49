#pragma once
// Coroutines that a close() must not wait for: dials under way. They are ended through Asio's
// cancellation, which the operations inside see as operation_aborted.

#include "base/asio.h"
#include "base/result.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace anytls::app {

/// One thread, that of the io_context. Outlives what runs in it.
class cancel_group {
 public:
  /// A handle on one piece of work, which may be cancelled before, while and after it runs.
  class handle {
   public:
    void cancel() {
      cancelled_ = true;
      signal_.emit(asio::cancellation_type::terminal);
    }

   private:
    friend class cancel_group;
    asio::cancellation_signal signal_;
    bool cancelled_ = false;
  };

  /// The outcome of `work`, operation_aborted where it was cancelled first.
  template <typename T>
  task<result<T>> run(asio::io_context& io, task<result<T>> work,
                      std::shared_ptr<handle> by = std::make_shared<handle>()) {
    std::optional<result<T>> out;
    if (!by->cancelled_) {
      const membership in(*this, by.get());
      try {
        co_await asio::co_spawn(io, keep_outcome(std::move(work), out),
                                asio::bind_cancellation_slot(by->signal_.slot(), use_task));
      } catch (const boost::system::system_error&) {
        // Cancelled between two operations: out is empty.
      }
    }
    if (!out) co_return error_code(asio::error::operation_aborted);
    co_return std::move(*out);
  }

  void cancel_all() {
    const auto all = running_;  // cancelling may end some
    for (auto* one : all) one->cancel();
  }

 private:
  class membership {
   public:
    membership(cancel_group& group, handle* who) : group_(group), who_(who) {
      group_.running_.push_back(who_);
    }
    ~membership() { std::erase(group_.running_, who_); }
    membership(const membership&) = delete;
    membership& operator=(const membership&) = delete;

   private:
    cancel_group& group_;
    handle* who_;
  };

  template <typename T>
  static task<> keep_outcome(task<result<T>> work, std::optional<result<T>>& out) {
    out.emplace(co_await std::move(work));
  }

  std::vector<handle*> running_;
};

}  // namespace anytls::app
