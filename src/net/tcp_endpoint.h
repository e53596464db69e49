#pragma once
// A TCP socket as one end of a relay: the application's connection, or the target's.
//
// Flow: readable -> peer.prepare(), one readv, peer.commit(); a congested peer stops the reading
// until resume(). write(): one send; what the kernel does not take is kept (congested) and goes out
// when writable.

#include "base/endpoint.h"

#include <memory>

namespace anytls::net {

class tcp_endpoint final : public endpoint {
 public:
  enum class whose {
    target,
    application,  ///< a program of this host that has closed its socket has not only finished
  };

  /// `socket` is connected and non-blocking: its descriptor at least, whatever Asio knows.
  explicit tcp_endpoint(tcp_socket socket, whose kind = whose::target);
  ~tcp_endpoint() override;

  /// The socket awaits_first_data(). Its SYN leaves with the first write, or after 50 ms without
  /// one (the target may be what speaks first), or where somebody waits for the connection. Until
  /// it is connected finish() waits: the kernel would forget data that is still in the SYN.
  void connects_with_first_data();

  executor get_executor() override { return socket_.get_executor(); }
  void attach(endpoint& peer, endpoint_observer& watcher) override;
  std::span<const iovec> prepare() override;
  void commit(std::size_t size) override;
  void write(bytes_view data) override { write_parts({&data, 1}); }
  void write_parts(std::span<const bytes_view> parts) override;
  std::size_t backlog() const noexcept override { return unsent_.size() - unsent_at_; }
  void finish() override;
  void resume() override;
  void close() override;
  void reset(error_code reason) override;
  task<error_code> wait_established() override;

  /// Bytes of buffers that this end itself holds (tests: none while idle, bounded while not).
  std::size_t held() const noexcept { return unsent_.capacity(); }

 private:
  void read_turn();
  void read_end();
  void look_again();
  void arm_read();
  void arm_write();
  void write_turn();
  void written();
  void end(error_code reason);
  void tell();
  void arm_hangup();
  void linger();
  void await_backlog();
  void connect_now();
  void connected() noexcept;

  tcp_socket socket_;
  endpoint* peer_ = nullptr;
  endpoint_observer* watcher_ = nullptr;
  std::shared_ptr<tcp_endpoint*>
      self_;  ///< null inside once destroyed: handlers of this socket look here first
  std::unique_ptr<timer> close_timer_;  ///< after the application's end: has it closed? After
                                        ///< close(): the backlog first, then the other side's end
  std::size_t discarded_ = 0;           ///< bytes read and dropped after close()
  bytes unsent_;
  std::size_t unsent_at_ = 0;
  iovec room_{};
  error_code end_reason_;
  whose kind_;
  bool waiting_read_ = false;
  bool waiting_write_ = false;
  bool waiting_error_ = false;
  bool unconnected_ = false;  ///< TCP Fast Open: no SYN yet, or no answer to it
  bool read_ended_ = false;
  bool finishing_ = false;  ///< shut down the write side once the backlog is out
  bool write_ended_ = false;
  bool closing_ = false;  ///< close() was called: what still arrives is dropped
  bool closed_ = false;
};

}  // namespace anytls::net
