#include "net/io_threads.h"

#include "base/log.h"

#include <pthread.h>
#include <algorithm>
#include <csignal>
#include <string>

namespace anytls::net {
namespace {

// A bug in one handler costs what that handler served, not the program and all other users.
void run_context(asio::io_context& context) {
  for (;;) {
    try {
      context.run();
      return;
    } catch (const std::exception& e) {
      log::error("internal error, going on: {}", e.what());
    }
  }
}

/// Signals go to the thread that runs thread 0; the others inherit a mask that blocks all of them.
struct block_signals {
  sigset_t before{};
  block_signals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
  }
  block_signals(const block_signals&) = delete;
  ~block_signals() { pthread_sigmask(SIG_SETMASK, &before, nullptr); }
};

}  // namespace

io_threads::io_threads(std::size_t count) {
  for (std::size_t i = 0; i < std::max<std::size_t>(count, 1); ++i) {
    // The hint says that one thread runs it; posting from other threads stays safe (the UNSAFE
    // hints are not used).
    contexts_.push_back(std::make_unique<asio::io_context>(1));
    guards_.emplace_back(contexts_.back()->get_executor());
  }
}

io_threads::~io_threads() {
  stop();
  for (auto& t : threads_)
    if (t.joinable()) t.join();
}

void io_threads::run() {
  try {
    const block_signals blocked;
    for (std::size_t i = 1; i < contexts_.size(); ++i) {
      threads_.emplace_back([context = contexts_[i].get(), name = "anytls-" + std::to_string(i)] {
        pthread_setname_np(pthread_self(), name.c_str());
        run_context(*context);
      });
    }
  } catch (...) {
    stop();
    for (auto& t : threads_) t.join();
    threads_.clear();
    throw;
  }
  run_context(*contexts_[0]);
  // Thread 0 ended, so the rest of the program is to end as well.
  stop();
  for (auto& t : threads_) t.join();
  threads_.clear();
}

void io_threads::stop() noexcept {
  for (auto& context : contexts_) context->stop();
}

}  // namespace anytls::net
