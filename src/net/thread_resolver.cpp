#include "net/thread_resolver.h"

#include <boost/asio/execution_context.hpp>

#include <memory>

namespace anytls::net {
namespace {

// A service of the io_context: Asio owns one per context and ends it before the context.
class resolver_service final : public asio::execution_context::service {
 public:
  using key_type = resolver_service;
  static asio::execution_context::id id;

  explicit resolver_service(asio::execution_context& owner)
      : service(owner),
        resolver_(std::make_unique<resolver>(static_cast<asio::io_context&>(owner))) {}

  resolver& get() noexcept { return *resolver_; }

 private:
  void shutdown() noexcept override { resolver_.reset(); }
  std::unique_ptr<resolver> resolver_;
};

asio::execution_context::id resolver_service::id;

}  // namespace

resolver& resolver_of(asio::io_context& context) {
  return asio::use_service<resolver_service>(context).get();
}

}  // namespace anytls::net
