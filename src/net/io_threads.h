#pragma once
// The program's threads: one io_context each, run by one thread. An object belongs to the context
// it was made on.

#include "base/asio.h"

#include <memory>
#include <thread>
#include <vector>

namespace anytls::net {

class io_threads {
 public:
  /// `count` of at least 1. Thread 0 is the one that calls run().
  explicit io_threads(std::size_t count);
  ~io_threads();

  std::size_t size() const noexcept { return contexts_.size(); }
  asio::io_context& operator[](std::size_t index) noexcept { return *contexts_[index]; }

  /// Runs all of them until stop(). Signals are blocked in the threads it starts.
  void run();
  /// From any thread. Handlers that are ready may still run.
  void stop() noexcept;

 private:
  using guard = asio::executor_work_guard<executor>;
  std::vector<std::unique_ptr<asio::io_context>> contexts_;
  std::vector<guard> guards_;
  std::vector<std::thread> threads_;
};

}  // namespace anytls::net
