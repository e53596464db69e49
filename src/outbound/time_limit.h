#pragma once
// A coroutine that may take only so long, whatever it is waiting for.

#include "base/asio.h"
#include "base/result.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>

#include <algorithm>
#include <exception>

namespace anytls::outbound {

/// What `work` says, or errc::connect_timeout: then it has been cancelled and has ended. Cancelling
/// the caller cancels it, too (operation_aborted).
template <typename T>
task<result<T>> time_limit(asio::io_context& here, duration within, task<result<T>> work) {
  timer alarm(here, std::clamp<duration>(within, duration{0}, 24h));
  auto [order, thrown, outcome, unrung] =
      co_await asio::experimental::make_parallel_group(
          asio::co_spawn(here.get_executor(), std::move(work), asio::deferred),
          alarm.async_wait(asio::deferred))
          .async_wait(asio::experimental::wait_for_one(), use_task);
  const bool rang = order[0] == 1;
  if (rang && !unrung) co_return errc::connect_timeout;
  if (rang || thrown) co_return error_code(asio::error::operation_aborted);
  co_return std::move(outcome);
}

}  // namespace anytls::outbound
