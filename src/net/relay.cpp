#include "net/relay.h"

namespace anytls::net {
namespace {

class pair final : public endpoint_observer {
 public:
  pair(endpoint& a, endpoint& b, std::string* detail, std::function<void(endpoint&)> closing)
      : a_(a),
        b_(b),
        detail_(detail),
        closing_(std::move(closing)),
        done_(a.get_executor(), time_point::max()) {}

  void start() {
    a_.attach(b_, *this);
    b_.attach(a_, *this);
  }

  void on_closed(endpoint& which, error_code reason) override {
    if (++closed_ == 2) {
      done_.cancel();
      return;
    }
    first_ = reason;
    if (detail_) *detail_ = which.detail();
    endpoint& other = &which == &a_ ? b_ : a_;
    if (reason) return other.reset(reason);
    other.close();
    if (closing_) closing_(other);
  }

  task<error_code> wait() {
    while (closed_ < 2) co_await done_.async_wait(use_result);
    co_return first_;
  }

 private:
  endpoint& a_;
  endpoint& b_;
  std::string* detail_;
  std::function<void(endpoint&)> closing_;
  timer done_;
  int closed_ = 0;
  error_code first_;
};

}  // namespace

task<error_code> relay(std::unique_ptr<endpoint> a, std::unique_ptr<endpoint> b,
                       std::string* detail, std::function<void(endpoint&)> closing) {
  pair both(*a, *b, detail, std::move(closing));
  both.start();
  co_return co_await both.wait();
}

}  // namespace anytls::net
