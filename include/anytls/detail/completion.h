#pragma once
// Completion handlers without their types, so that operations are implemented in the library and
// not in headers. Not for users: what is in anytls::detail may change at any time.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include <memory>
#include <utility>

namespace anytls::detail {

template <typename... Args>
class completion {
 public:
  virtual ~completion() = default;
  /// Once, from the thread of the io_context, never from inside the call that started the
  /// operation.
  virtual void complete(Args... args) = 0;
};

/// Calls a handler on its associated executor, which has work until then.
template <typename Handler, typename... Args>
class completion_of final : public completion<Args...> {
 public:
  completion_of(Handler&& handler, const boost::asio::any_io_executor& io)
      : handler_(std::move(handler)), work_(boost::asio::get_associated_executor(handler_, io)) {}

  void complete(Args... args) override {
    boost::asio::dispatch(work_.get_executor(),
                          [handler = std::move(handler_), ... values = std::move(args)]() mutable {
                            std::move(handler)(std::move(values)...);
                          });
    work_.reset();
  }

 private:
  Handler handler_;
  boost::asio::executor_work_guard<
      boost::asio::associated_executor_t<Handler, boost::asio::any_io_executor>>
      work_;
};

template <typename... Args, typename Handler>
std::unique_ptr<completion<Args...>> erase_handler(Handler&& handler,
                                                   const boost::asio::any_io_executor& io) {
  return std::make_unique<completion_of<std::decay_t<Handler>, Args...>>(
      std::forward<Handler>(handler), io);
}

}  // namespace anytls::detail
