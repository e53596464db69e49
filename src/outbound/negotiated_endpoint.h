#pragma once
// An endpoint that leads to a proxy, and once the two have agreed, to the target behind it.
//
// Flow: negotiate() pushes what the codec says and gives it what the endpoint pushes; what comes
// behind the proxy's answer is kept, and nothing more is taken, until somebody is attached. From
// then on calls are passed on in both directions, without a copy and without a queue.

#include "base/endpoint.h"
#include "outbound/proxy_codec.h"

#include <memory>

namespace anytls::outbound {

class negotiated_endpoint final : public endpoint {
 public:
  negotiated_endpoint(std::unique_ptr<endpoint> remote, std::unique_ptr<proxy_codec> codec);
  /// Before attach() it resets the remote end.
  ~negotiated_endpoint() override;

  /// Once, before everything else. No error: from here on this is the target's end.
  task<error_code> negotiate();

  executor get_executor() override;
  void attach(endpoint& peer, endpoint_observer& watcher) override;
  std::span<const iovec> prepare() override;
  void commit(std::size_t size) override;
  void write(bytes_view data) override;
  void write_parts(std::span<const bytes_view> parts) override;
  std::size_t backlog() const noexcept override;
  bool congested() const noexcept override;
  void finish() override;
  void finish_perhaps_gone() override;
  void resume() override;
  void close() override;
  void reset(error_code reason) override;
  std::string detail() const override;
  task<error_code> wait_established() override;

 private:
  class near_end;
  std::shared_ptr<near_end> near_;
};

}  // namespace anytls::outbound
