// The part of tls::stream that runs once: from a connected socket to an established connection,
// under a deadline.

#include "base/io_buffers.h"
#include "tls/bio.h"
#include "tls/chrome_hello.h"
#include "tls/client_authentication.h"
#include "tls/library.h"
#include "tls/stream.h"
#include "tls/verify.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace anytls::tls {
namespace {

/// Cancels what waits on the socket when the deadline passes. Shared with the timer's handler,
/// which may run after the handshake is over.
struct watchdog {
  explicit watchdog(tcp_socket& s) : deadline(s.get_executor()), socket(&s) {}

  timer deadline;
  tcp_socket* socket;  // null = over
  bool fired = false;
};

class watch {
 public:
  watch(tcp_socket& socket, duration limit) : dog_(std::make_shared<watchdog>(socket)) {
    dog_->deadline.expires_after(limit);
    dog_->deadline.async_wait([dog = dog_](const error_code& error) {
      if (error || !dog->socket) return;
      dog->fired = true;
      error_code ignored;
      dog->socket->cancel(ignored);
    });
  }
  ~watch() {
    dog_->socket = nullptr;
    dog_->deadline.cancel();
  }
  watch(const watch&) = delete;
  watch& operator=(const watch&) = delete;

  bool fired() const noexcept { return dog_->fired; }

 private:
  std::shared_ptr<watchdog> dog_;
};

bool say_hello(SSL& ssl, const client_context& context, offer_alpn alpn) {
  const bool without = alpn == offer_alpn::no || context.without_alpn();
  if (without) SSL_set_alpn_protos(&ssl, nullptr, 0);
  return context.options().hello == hello::plain ||
         chrome::prepare(ssl, !without && context.offers_h2());
}

}  // namespace

bool stream::never_connected(const error_code& e) noexcept {
  return e == asio::error::timed_out || e == asio::error::connection_refused ||
         e == asio::error::host_unreachable || e == asio::error::network_unreachable;
}

task<result<std::unique_ptr<stream>>> stream::connect(tcp_socket socket,
                                                      std::shared_ptr<client_context> context,
                                                      duration deadline, offer_alpn alpn,
                                                      bytes ech_configs) {
  ssl_ptr ssl(new_connection(context->native()));
  if (!ssl || !say_hello(*ssl, *context, alpn)) co_return error_code(asio::error::no_memory);
  if (const auto failure = context->ech().offer(*ssl, ech_configs)) co_return failure;
  SSL_set_connect_state(ssl.get());
  const auto& name = context->verified_by().name;  // empty for an IP literal
  if (!context->options().disable_sni && !name.empty())
    SSL_set_tlsext_host_name(ssl.get(), name.c_str());
  const auto ticket = context->tickets().take();
  if (ticket) SSL_set_session(ssl.get(), ticket.get());
  std::unique_ptr<stream> made(new stream(std::move(socket), std::move(ssl)));
  made->context_ = context;
  auto established = co_await establish(std::move(made), deadline);
  if (!established && ticket && established.error() != errc::ech_rejected)
    context->tickets().clear();
  co_return established;
}

task<result<std::unique_ptr<stream>>> stream::accept(tcp_socket socket,
                                                     std::shared_ptr<server_context> context,
                                                     duration deadline,
                                                     std::optional<tcp::endpoint> peer) {
  ssl_ptr ssl(new_connection(context->native()));
  if (!ssl) co_return error_code(asio::error::no_memory);
  SSL_set_accept_state(ssl.get());
  std::unique_ptr<stream> made(new stream(std::move(socket), std::move(ssl)));
  if (peer) made->peer_ = *peer;
  co_return co_await establish(std::move(made), deadline);
}

task<result<std::unique_ptr<stream>>> stream::establish(std::unique_ptr<stream> made,
                                                        duration deadline) {
  if (!bio::attach(made->ssl_.get(), *made)) co_return error_code(asio::error::no_memory);
  if (const auto failure = co_await made->handshake(deadline)) {
    made->shut_down();
    co_return failure;
  }
  co_return std::move(made);
}

task<error_code> stream::handshake(duration deadline) {
  const watch dog(socket_, deadline);
  const auto until = clock::now() + deadline;
  const bool in_pieces = context_ && context_->options().fragment.any();
  time_point sent{};
  for (;;) {
    ERR_clear_error();
    incoming_.begin(socket_.native_handle(), io_buffers::size);
    const int n = SSL_do_handshake(ssl_.get());
    const int ssl_error = SSL_get_error(ssl_.get(), n);
    const auto failure = n == 1 ? error_code{} : handshake_failure(ssl_error);
    incoming_.end();
    if (sent != time_point{} && rtt_ == duration{0} && incoming_.anything())
      rtt_ = clock::now() - sent;
    if (outgoing_.size() > 0 && in_pieces) {
      if (const auto cut_off = co_await send_all_but_last_piece(until)) co_return cut_off;
      if (dog.fired()) co_return errc::tls_handshake_timeout;
    }
    if (outgoing_.size() > 0 && sent == time_point{}) sent = clock::now();
    if (n == 1) send_tickets(*ssl_);

    // A send that fails is not the cause but its echo: the peer's alert may still be there to read.
    const auto send_failure = outgoing_.flush(socket_.native_handle());
    if (send_failure) outgoing_.clear();
    // With TCP Fast Open the ClientHello may find that there is no way to the server.
    if (send_failure && !incoming_.anything() && never_connected(send_failure))
      co_return send_failure;
    if (n == 1) co_return send_failure ? error_code(errc::tls_handshake_failed) : error_code{};
    if (ssl_error != SSL_ERROR_WANT_READ) co_return failure;

    const auto kind = outgoing_.size() > 0 ? tcp_socket::wait_write : tcp_socket::wait_read;
    const auto [waited] = co_await socket_.async_wait(kind, use_result);
    if (dog.fired()) co_return errc::tls_handshake_timeout;
    if (waited) co_return waited;
  }
}

error_code stream::handshake_failure(int ssl_error) const {
  if (const void* rejected = SSL_get_app_data(ssl_.get())) {
    return static_cast<errc>(reinterpret_cast<std::intptr_t>(rejected));
  }
  if (ssl_error == SSL_ERROR_WANT_READ) return {};
  if (!incoming_.looks_like_tls()) return errc::tls_not_tls;
  if (!incoming_.anything() && never_connected(incoming_.error())) return incoming_.error();
  const auto error = ERR_peek_error();
  if (ERR_GET_LIB(error) == ERR_LIB_SSL) {
    const int reason = ERR_GET_REASON(error);
    if (const auto about_us = about_our_certificate(reason)) return about_us;
    switch (reason - SSL_AD_REASON_OFFSET) {  // an alert of the peer?
      case SSL_AD_PROTOCOL_VERSION:
      case SSL_AD_INAPPROPRIATE_FALLBACK:
        return errc::tls_version;
      case SSL_AD_NO_APPLICATION_PROTOCOL:
        return errc::tls_alpn;
      case SSL_AD_INSUFFICIENT_SECURITY:
        return errc::tls_algorithms;
    }
    const auto meaning = meaning_of(reason);
    if (meaning == errc::ech_rejected) return context_->ech().rejected(*ssl_);
    if (meaning == errc::bad_ech_config) return context_->ech().unusable();
    if (meaning) return meaning;
  }
  return errc::tls_handshake_failed;
}

error_code stream::about_our_certificate(int reason) const {
  if (!context_) return {};
  return certificate_alert(ssl_.get(), reason, !context_->options().identity.empty());
}

}  // namespace anytls::tls
