#pragma once
// Refuses every target.

#include "outbound/outbound.h"

namespace anytls::outbound {

class block final : public outbound {
 public:
  explicit block(std::string tag) : tag_(std::move(tag)) {}

  const std::string& tag() const noexcept override { return tag_; }
  std::string describe() const override { return tag_; }
  std::unique_ptr<attempt> begin(const request& what, asio::io_context& here) override;
  void shut_down() override {}

 private:
  const std::string tag_;
};

}  // namespace anytls::outbound
