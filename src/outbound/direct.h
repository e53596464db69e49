#pragma once
// The target itself, without a proxy.

#include "net/dialer.h"
#include "outbound/outbound.h"

namespace anytls::outbound {

class direct final : public outbound {
 public:
  direct(std::string tag, net::dial_options dial) : tag_(std::move(tag)), dial_(std::move(dial)) {}

  const std::string& tag() const noexcept override { return tag_; }
  std::string describe() const override { return tag_; }
  std::unique_ptr<attempt> begin(const request& what, asio::io_context& here) override;
  void shut_down() override {}

 private:
  const std::string tag_;
  const net::dial_options dial_;
};

}  // namespace anytls::outbound
