#include "outbound/block.h"

namespace anytls::outbound {
namespace {

class blocked_attempt final : public attempt {
 public:
  explicit blocked_attempt(asio::io_context& here) : here_(here) {}
  asio::io_context& context() override { return here_; }
  task<result<std::unique_ptr<endpoint>>> open() override { co_return errc::blocked; }

 private:
  asio::io_context& here_;
};

}  // namespace

std::unique_ptr<attempt> block::begin(const request&, asio::io_context& here) {
  return std::make_unique<blocked_attempt>(here);
}

}  // namespace anytls::outbound
