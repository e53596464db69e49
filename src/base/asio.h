#pragma once
// Asio as this project uses it: one io_context per thread, run by that thread alone, so the
// concrete executor is named (a type-erased one costs an allocation and an indirect call on the
// data path).

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/clock.h"

namespace anytls {

namespace asio = boost::asio;

using executor = asio::io_context::executor_type;

/// A coroutine of ours. Expected failures are values, so awaiting one never throws because of the
/// network.
template <typename T = void>
using task = asio::awaitable<T, executor>;

using tcp = asio::ip::tcp;
using tcp_socket = asio::basic_stream_socket<tcp, executor>;
using tcp_acceptor = asio::basic_socket_acceptor<tcp, executor>;
using timer = asio::basic_waitable_timer<clock, asio::wait_traits<clock>, executor>;

inline constexpr asio::use_awaitable_t<executor> use_task{};

/// Completion as a tuple (error_code, ...) instead of an exception.
inline constexpr asio::as_tuple_t<asio::use_awaitable_t<executor>> use_result{};

}  // namespace anytls
