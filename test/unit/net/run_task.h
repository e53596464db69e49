#pragma once
// Runs a coroutine to its end on the test's own thread.

#include "base/asio.h"

#include <boost/asio/co_spawn.hpp>

#include <memory>
#include <optional>
#include <stdexcept>

namespace anytls::test {

/// What the coroutine returned, once it has. Empty if it threw.
template <typename T>
task<> keep(task<T> body, std::shared_ptr<std::optional<T>> into) {
  into->emplace(co_await std::move(body));
}

/// Starts a coroutine; the value is there when it has ended.
template <typename T>
std::shared_ptr<std::optional<T>> start_task(asio::io_context& context, task<T> body) {
  auto value = std::make_shared<std::optional<T>>();
  asio::co_spawn(context, keep(std::move(body), value), [](std::exception_ptr e) {
    if (e) std::rethrow_exception(e);
  });
  return value;
}

/// Throws what the coroutine throws; fails loudly instead of hanging.
template <typename T>
T run_task(asio::io_context& context, task<T> body, duration limit = 20s) {
  const auto value = start_task(context, std::move(body));
  const auto deadline = clock::now() + limit;
  context.restart();
  while (!*value && clock::now() < deadline) context.run_one_for(100ms);
  if (!*value) throw std::runtime_error("the coroutine did not end in time");
  return std::move(**value);
}

/// Runs handlers until `ready` or the limit; tells which.
template <typename Condition>
bool run_until(asio::io_context& context, Condition ready, duration limit = 10s) {
  const auto deadline = clock::now() + limit;
  context.restart();
  while (!ready() && clock::now() < deadline) {
    context.run_one_for(20ms);
    if (context.stopped()) context.restart();
  }
  return ready();
}

}  // namespace anytls::test
