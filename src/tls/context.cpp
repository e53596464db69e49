#include "tls/context.h"

#include "tls/algorithms.h"
#include "tls/alpn.h"
#include "tls/chrome_hello.h"
#include "tls/client_authentication.h"
#include "tls/ech_keys.h"
#include "tls/identity.h"
#include "tls/library.h"
#include "tls/pem.h"
#include "tls/trust_store.h"
#include "tls/verify.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace anytls::tls {
namespace {

const error_code invalid = boost::asio::error::invalid_argument;
const error_code no_memory = boost::asio::error::no_memory;

std::uint16_t number(version v) noexcept {
  return v == version::tls1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

ctx_ptr make_ctx(version min, version max) {
  ctx_ptr ctx(new_context());
  if (!ctx || !SSL_CTX_set_min_proto_version(ctx.get(), number(min)) ||
      !SSL_CTX_set_max_proto_version(ctx.get(), number(max))) {
    return nullptr;
  }
  // What can be resumed is in tickets; nothing is kept here.
  SSL_CTX_set_session_cache_mode(ctx.get(), SSL_SESS_CACHE_OFF);
  return ctx;
}

const std::vector<std::string>& offered_alpn(const client_options& o) noexcept {
  return o.alpn.empty() && o.hello == hello::chrome ? chrome::alpn : o.alpn;
}

/// The name without brackets and trailing dot, told apart into DNS name and address.
bool resolve_name(std::string_view name, trust& into) {
  if (name.size() >= 2 && name.front() == '[' && name.back() == ']')
    name = name.substr(1, name.size() - 2);
  error_code not_an_address;
  const auto address = boost::asio::ip::make_address(name, not_an_address);
  if (!not_an_address) {
    if (address.is_v4()) {
      const auto b = address.to_v4().to_bytes();
      into.address.assign(b.begin(), b.end());
    } else {
      const auto b = address.to_v6().to_bytes();
      into.address.assign(b.begin(), b.end());
    }
    return true;
  }
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.size() > TLSEXT_MAXLEN_host_name || name.find('\0') != name.npos) return false;
  into.name = name;
  return true;
}

client_context& owner(const SSL* ssl) {
  return *static_cast<client_context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
}

/// Takes the ticket over. Called while reading, so whoever reads keeps the context alive.
int on_ticket(SSL* ssl, SSL_SESSION* ticket) {
  auto& own = owner(ssl);
  const auto& by = own.verified_by();
  const bool looked_at = trusts_chain(by, leaf(*ticket).get());
  own.tickets().put(session_ptr(ticket),
                    looked_at ? certificate_end(*ticket) : ticket_store::time::max());
  return 1;
}

error_code on_certificate(SSL* ssl, const chain* shown) {
  return verify(owner(ssl).verified_by(), shown, rejecting_name(*ssl));
}

int on_alpn(SSL* ssl, const std::uint8_t** out, std::uint8_t* out_size, const std::uint8_t* offered,
            unsigned size, void*) {
  const auto* own = static_cast<const server_context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  const auto choice = choose_alpn(own->alpn(), {offered, size});
  if (choice.refuse) return SSL_TLSEXT_ERR_ALERT_FATAL;
  if (choice.name.empty()) return SSL_TLSEXT_ERR_NOACK;
  *out = choice.name.data();
  *out_size = static_cast<std::uint8_t>(choice.name.size());
  return SSL_TLSEXT_ERR_OK;
}

const server_context& server_of(const SSL* ssl) {
  return *static_cast<const server_context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
}

bool on_server_name(SSL* ssl) { return server_of(ssl).identities().offer(ssl); }

error_code on_client_certificate(SSL* ssl, const chain* shown) {
  return verify_client(server_of(ssl).clients(), shown);
}

}  // namespace

void ctx_deleter::operator()(ssl_ctx_st* ctx) const noexcept { SSL_CTX_free(ctx); }

result<std::shared_ptr<client_context>> client_context::make(client_options options) {
  auto t = std::make_unique<trust>();
  t->insecure = options.insecure;
  t->keys = options.public_keys_sha256;
  if (!options.certificate_sha256.empty()) {
    t->pin = parse_pin(options.certificate_sha256);
    if (!t->pin) return invalid;
  }
  const auto protocols = alpn_wire(offered_alpn(options));
  if (!protocols || options.min > options.max || !resolve_name(options.server_name, *t))
    return invalid;

  if (!options.certificate_pem.empty() || !options.certificate_path.empty()) {
    const auto text = text_or_file(options.certificate_pem, options.certificate_path);
    if (!text) return text.error();
    const auto anchors = read_certificates(*text);
    if (anchors.empty()) return errc::bad_certificate_file;
    t->anchors = store_of(anchors);
  }

  auto ech = read_ech_options(options.ech);
  if (!ech) return ech.error();
  if (options.ech.enabled && options.max < version::tls1_3) return invalid;

  auto ctx = make_ctx(options.min, options.max);
  if (!ctx) return no_memory;
  set_verifier(ctx.get(), SSL_VERIFY_PEER, verifier<on_certificate>);
  if (options.hello == hello::chrome && !chrome::prepare(*ctx)) return no_memory;
  if (!protocols->empty()) SSL_CTX_set_alpn_protos(ctx.get(), protocols->data(), protocols->size());
  if (options.resumption) {
    SSL_CTX_set_session_cache_mode(ctx.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx.get(), on_ticket);
  }
  if (!options.identity.empty()) {
    const auto own = identity::load(options.identity);
    if (!own) return own.error();
    if (!show(ctx.get(), *own->shown)) return error_code(boost::asio::error::no_memory);
  }
  notice_questions(ctx.get());
  // The last word: what a configuration names wins over what any hello prefers.
  if (const auto failure = allow_only(options.allowed, options.max, ctx.get())) return failure;
  // Text that is parsed by now.
  options.certificate_pem = {};
  options.identity.key_pem = {};
  auto made = std::make_shared<client_context>(std::move(ctx), std::move(options), std::move(t),
                                               std::move(*ech));
  SSL_CTX_set_app_data(made->native(), made.get());
  return made;
}

client_context::client_context(ctx_ptr ctx, client_options options, std::unique_ptr<trust> t,
                               bytes ech_configs)
    : ctx_(std::move(ctx)),
      options_(std::move(options)),
      trust_(std::move(t)),
      ech_(options_.ech.enabled, std::move(ech_configs)) {}

client_context::~client_context() = default;

bool client_context::offers_h2() const noexcept {
  const auto& offered = offered_alpn(options_);
  return std::find(offered.begin(), offered.end(), "h2") != offered.end();
}

result<std::shared_ptr<server_context>> server_context::make(server_options options) {
  if (!alpn_wire(options.alpn) || options.min > options.max) return invalid;
  auto identities = identity_set::load(options.identities());
  if (!identities) return identities.error();

  auto ctx = make_ctx(options.min, options.max);
  if (!ctx) return no_memory;
  if (!identities->single())
    set_chooser(ctx.get(), on_server_name);
  else if (!show(ctx.get(), identities->first()))
    return no_memory;
  if (const auto failure = set_ech_keys(*ctx, options.ech_key_pem, options.ech_key_path))
    return failure;
  SSL_CTX_set_num_tickets(ctx.get(), options.tickets);
  auto clients = ask_clients(options.clients, verifier<on_client_certificate>, ctx.get());
  if (!clients) return clients.error();
  if (const auto failure = allow_only(options.allowed, options.max, ctx.get())) return failure;

  auto made = std::make_shared<server_context>(std::move(ctx), std::move(options.alpn),
                                               std::move(*identities), std::move(*clients));
  SSL_CTX_set_app_data(made->native(), made.get());
  SSL_CTX_set_alpn_select_cb(made->native(), on_alpn, nullptr);
  return made;
}

server_context::server_context(ctx_ptr ctx, std::vector<std::string> alpn, identity_set identities,
                               client_trust clients)
    : ctx_(std::move(ctx)),
      alpn_(std::move(alpn)),
      identities_(std::make_unique<identity_set>(std::move(identities))),
      clients_(std::make_unique<client_trust>(std::move(clients))) {}

server_context::~server_context() = default;

}  // namespace anytls::tls
