#pragma once
// A TLS connection as one end of a relay: the way through a proxy that is spoken with over TLS.
//
// Flow: readable -> one receive, decrypted into the thread's buffer -> pushed into the peer; a
// congested peer stops the reading until resume(). write(): records, one send; what the kernel does
// not take is a backlog and goes out when writable.

#include "base/endpoint.h"
#include "tls/stream.h"

#include <memory>

namespace anytls::outbound {

class tls_endpoint final : public endpoint {
 public:
  explicit tls_endpoint(std::unique_ptr<tls::stream> stream);
  ~tls_endpoint() override;

  executor get_executor() override { return executor_; }
  void attach(endpoint& peer, endpoint_observer& watcher) override;
  std::span<const iovec> prepare() override;
  void commit(std::size_t size) override;
  void write(bytes_view data) override { write_parts({&data, 1}); }
  void write_parts(std::span<const bytes_view> parts) override;
  std::size_t backlog() const noexcept override { return closed_ ? 0 : stream_->backlog(); }
  /// close_notify and FIN; reading goes on.
  void finish() override;
  void resume() override;
  void close() override;
  void reset(error_code reason) override;
  task<error_code> wait_established() override;

 private:
  using handle = std::shared_ptr<tls_endpoint*>;
  static task<> read(handle self);
  static task<> drain(handle self);
  static task<> see_off(handle self);
  bool read_turn();
  void start_reading();
  void sent();
  void end(error_code reason);
  void tell();

  std::unique_ptr<tls::stream> stream_;
  executor executor_;
  handle self_;  ///< null inside once destroyed: coroutines look here first
  std::unique_ptr<timer> close_timer_;
  endpoint* peer_ = nullptr;
  endpoint_observer* watcher_ = nullptr;
  iovec room_{};
  error_code end_reason_;
  bool reading_ = false;
  bool draining_ = false;
  bool read_ended_ = false;
  bool finishing_ = false;
  bool write_ended_ = false;
  bool closing_ = false;
  bool closed_ = false;
};

}  // namespace anytls::outbound
