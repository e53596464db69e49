#include "net/io_threads.h"

#include "base/log.h"

#include <boost/asio/post.hpp>

#include <gtest/gtest.h>

#include <pthread.h>
#include <atomic>
#include <csignal>
#include <mutex>
#include <set>

namespace anytls::net {
namespace {

TEST(io_threads, each_context_has_its_own_thread_and_the_first_is_the_callers) {
  io_threads threads(3);
  ASSERT_EQ(threads.size(), 3u);
  std::mutex lock;
  std::set<std::thread::id> seen;
  std::set<std::string> names;
  std::thread::id first;
  std::atomic<int> left{3};
  for (std::size_t i = 0; i < 3; ++i)
    asio::post(threads[i], [&, i] {
      {
        const std::lock_guard hold(lock);
        seen.insert(std::this_thread::get_id());
        if (i == 0) first = std::this_thread::get_id();
        char name[16] = {};
        if (i > 0 && pthread_getname_np(pthread_self(), name, sizeof name) == 0) names.insert(name);
      }
      if (--left == 0) threads.stop();
    });
  threads.run();
  EXPECT_EQ(seen.size(), 3u);
  EXPECT_EQ(first, std::this_thread::get_id());
  EXPECT_EQ(names, (std::set<std::string>{"anytls-1", "anytls-2"}));
}

TEST(io_threads, none_is_one) { EXPECT_EQ(io_threads(0).size(), 1u); }

TEST(io_threads, signals_are_blocked_in_the_threads_it_starts_only) {
  io_threads threads(2);
  bool blocked = false, blocked_here = true;
  asio::post(threads[1], [&] {
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    blocked = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGINT) == 1;
    threads.stop();
  });
  asio::post(threads[0], [&] {
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    blocked_here = sigismember(&mask, SIGTERM) == 1;
  });
  // The first thread may be stopped before it comes to its handler.
  blocked_here = false;
  threads.run();
  EXPECT_TRUE(blocked);
  EXPECT_FALSE(blocked_here);
}

TEST(io_threads, an_exception_of_a_handler_is_logged_and_survived) {
  std::string line;
  log::set_handler([&](log::level, std::string_view text) { line = text; });
  io_threads threads(1);
  bool after = false;
  asio::post(threads[0], [] { throw std::runtime_error("what went wrong"); });
  asio::post(threads[0], [&] {
    after = true;
    threads.stop();
  });
  threads.run();
  log::set_handler({});
  EXPECT_TRUE(after);
  EXPECT_NE(line.find("what went wrong"), std::string::npos);
}

TEST(io_threads, posting_from_other_threads_wakes_a_context) {
  io_threads threads(2);
  std::atomic<int> turns{0};
  std::function<void(std::size_t)> bounce = [&](std::size_t to) {
    asio::post(threads[to], [&, to] {
      if (++turns == 1000)
        threads.stop();
      else
        bounce(1 - to);
    });
  };
  bounce(0);
  threads.run();
  EXPECT_EQ(turns, 1000);
}

TEST(io_threads, stop_before_run) {
  io_threads threads(2);
  threads.stop();
  threads.run();
}

}  // namespace
}  // namespace anytls::net
