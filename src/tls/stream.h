#pragma once
// A TLS connection over a TCP socket, as the transport of a session.
//
// Flow, inwards:  readable -> read_some() -> one recv into the thread's buffer ->
// TLS decrypts from
//                 there into the caller's buffer -> nothing stays here.
// Flow, outwards: write_record() ... write_record() -> records lie in the thread's buffer ->
// flush() -> one send. An idle stream owns no buffers: neither of ours nor of the TLS
// library: BoringSSL works like that, OpenSSL is told to.

#include "base/transport.h"
#include "tls/context.h"
#include "tls/incoming.h"
#include "tls/outgoing.h"

#include <memory>
#include <optional>
#include <string>

struct ssl_st;

namespace anytls::tls {

class stream final : public transport {
 public:
  struct ssl_deleter {
    void operator()(ssl_st* ssl) const noexcept;
  };
  using ssl_ptr = std::unique_ptr<ssl_st, ssl_deleter>;

  /// Of an error: TCP itself never came to be (no answer to the SYN, or a refusal).
  static bool never_connected(const error_code& e) noexcept;

  /// Client handshake over a connected socket, whose options stay as they are. On failure the
  /// socket is closed and the error is one of errc::tls_*, errc::certificate_* and
  /// errc::client_certificate_*, or operation_aborted; where the ClientHello was to open the
  /// connection (TCP Fast Open), also what connect() says where there is no way to the server:
  /// never_connected().
  /// `ech_configs`: an ECHConfigList that was looked up for this server, where
  /// context->ech().needs_lookup(). errc::ech_rejected: whoever connects once more offers what the
  /// server has just said.
  static task<result<std::unique_ptr<stream>>> connect(tcp_socket socket,
                                                       std::shared_ptr<client_context> context,
                                                       duration deadline,
                                                       offer_alpn alpn = offer_alpn::yes,
                                                       bytes ech_configs = {});
  /// Server handshake. Errors as above. `peer`: who the client is, where that is not the other end
  /// of the socket.
  static task<result<std::unique_ptr<stream>>> accept(tcp_socket socket,
                                                      std::shared_ptr<server_context> context,
                                                      duration deadline,
                                                      std::optional<tcp::endpoint> peer = {});

  /// Closes the socket without close_notify, so that the peer can tell that nobody ended this on
  /// purpose.
  ~stream() override;

  executor get_executor() override { return socket_.get_executor(); }

  /// errors: eof (close_notify), errc::tls_closed_without_notify (FIN alone: many proxies die like
  /// that, the session decides), connection_reset and the like, errc::protocol_error (broken TLS,
  /// fatal alert), errc::client_certificate_*, operation_aborted. Data that came before an error is
  /// returned first, without it.
  read_outcome read_some(mutable_bytes out) override;
  read_outcome read_record(mutable_bytes out) override;
  task<error_code> wait_readable() override;
  task<error_code> wait_broken() override;

  void write_record(bytes_view plaintext) override;
  error_code flush() override;
  std::size_t backlog() const noexcept override { return outgoing_.size(); }
  task<error_code> drain() override;

  void cancel() noexcept override;
  void close() noexcept override;
  void abort() noexcept override;

  /// close() in two halves, for whoever was refused: close_notify and FIN at once, the socket
  /// stays. `notify` = false: FIN alone.
  void finish(bool notify = true) noexcept;
  /// Then: reads and drops what still comes, until the peer ends too, `most` bytes, or cancel().
  /// Closing with unread bytes would make the kernel send a reset, which tells how much we read.
  /// Lets others of the thread have their turn, however fast it comes. How many bytes came; fewer
  /// than `most`: nothing more comes.
  task<std::size_t> drop_rest(std::size_t most);
  /// Or: the socket goes too, at once. No reset of what has arrived, and no alert.
  void shut_down() noexcept;

  std::string peer() const override;
  int native_handle() noexcept override { return socket_.is_open() ? socket_.native_handle() : -1; }
  duration handshake_rtt() const noexcept override { return rtt_; }

  /// Of the finished handshake, for logs and tests. Empty or false once closed.
  std::string alpn() const;
  std::string version_name() const;  ///< "TLSv1.3"
  bool resumed() const noexcept;
  bool ech_accepted() const noexcept;           ///< the server name went encrypted
  std::string peer_certificate_sha256() const;  ///< of the leaf, hex; "" on the server side

  /// Bytes of buffers that this stream itself holds (tests: none while idle).
  std::size_t held() const noexcept { return incoming_.capacity() + outgoing_.capacity(); }

 private:
  friend struct bio;
  stream(tcp_socket socket, ssl_ptr ssl);

  static task<result<std::unique_ptr<stream>>> establish(std::unique_ptr<stream> made,
                                                         duration deadline);
  task<error_code> handshake(duration deadline);
  error_code handshake_failure(int ssl_error) const;
  task<error_code> send_all_but_last_piece(time_point until);
  /// A client: the peer's alert (the library's reason), where it is about the client's certificate.
  error_code about_our_certificate(int reason) const;
  read_outcome read(mutable_bytes out, bool one_record);
  error_code read_failure(int ssl_error) const;

  tcp_socket socket_;
  std::shared_ptr<client_context> context_;  // of a client: tickets come at any time
  ssl_ptr ssl_;
  incoming incoming_;
  outgoing outgoing_;
  error_code read_error_;
  error_code write_error_;
  duration rtt_{0};
  tcp::endpoint peer_;
};

}  // namespace anytls::tls
