#pragma once
// The target itself, without a proxy (or, with a detour, as that outbound reaches it).

#include "outbound/hop.h"

namespace anytls::outbound {

/// Where every connection goes instead of its target.
struct target_override {
  std::string address;     ///< name or IP address; empty = the target's
  std::uint16_t port = 0;  ///< 0 = the target's
};

class direct final : public outbound {
 public:
  direct(std::string tag, net::dial_options dial, target_override instead = {},
         outbound* through = nullptr)
      : tag_(std::move(tag)),
        dial_(std::move(dial)),
        for_others_{without_fast_open(dial_), through},
        instead_(std::move(instead)) {}

  const std::string& tag() const noexcept override { return tag_; }
  std::string describe() const override { return tag_; }
  std::unique_ptr<attempt> begin(const request& what, asio::io_context& here) override;
  void shut_down() override {}

 private:
  const std::string tag_;
  const net::dial_options dial_;
  const way for_others_;  ///< and for ourselves, where another outbound makes the connections
  const target_override instead_;
};

}  // namespace anytls::outbound
