#include "app/public_object.h"

#include <boost/asio/execution_context.hpp>

#include <vector>

namespace anytls::app {
namespace {

class registry final : public asio::execution_context::service {
 public:
  using key_type = registry;
  static asio::execution_context::id id;

  explicit registry(asio::execution_context& owner) : service(owner) {}

  void add(std::weak_ptr<public_object> object) {
    std::erase_if(objects_, [](const auto& one) { return one.expired(); });
    objects_.push_back(std::move(object));
  }

 private:
  void shutdown() noexcept override {
    for (auto& one : std::exchange(objects_, {}))
      if (const auto object = one.lock()) object->abandon();
  }

  std::vector<std::weak_ptr<public_object>> objects_;
};

asio::execution_context::id registry::id;

}  // namespace

void abandon_with(asio::io_context& io, std::weak_ptr<public_object> object) {
  asio::use_service<registry>(io).add(std::move(object));
}

}  // namespace anytls::app
