#include "tls/ech.h"

#include "tls/ech_keys.h"
#include "tls/pem.h"

#include <openssl/base64.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/hpke.h>
#include <openssl/mem.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <boost/asio/error.hpp>

#include <algorithm>
#include <optional>

namespace anytls::tls {
namespace {

constexpr const char* configs_block = "ECH CONFIGS";
constexpr const char* keys_block = "ECH KEYS";
// Names up to this length look alike.
constexpr std::size_t padded_name = 64;

/// The first block of this kind; nullopt where there is none.
std::optional<bytes> read_block(std::string_view pem, std::string_view kind) {
  bssl::UniquePtr<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<ossl_ssize_t>(pem.size())));
  std::optional<bytes> found;
  char* name = nullptr;
  char* header = nullptr;
  std::uint8_t* data = nullptr;
  long size = 0;
  while (!found && PEM_read_bio(bio.get(), &name, &header, &data, &size)) {
    const bssl::UniquePtr<char> owners[] = {bssl::UniquePtr<char>(name),
                                            bssl::UniquePtr<char>(header)};
    const bssl::UniquePtr<std::uint8_t> owner(data);
    if (name == kind) found.emplace(data, data + size);
  }
  ERR_clear_error();
  return found;
}

std::optional<bytes> read_base64(std::string_view text) {
  std::string clean;
  for (const char c : text)
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') clean += c;
  std::size_t size = 0;
  if (clean.empty() || !EVP_DecodedLength(&size, clean.size())) return std::nullopt;
  bytes out(size);
  if (!EVP_DecodeBase64(out.data(), &size, out.size(),
                        reinterpret_cast<const std::uint8_t*>(clean.data()), clean.size()))
    return std::nullopt;
  out.resize(size);
  return out;
}

std::string write_block(const char* kind, bytes_view content) {
  bssl::UniquePtr<BIO> bio(BIO_new(BIO_s_mem()));
  const std::uint8_t* text = nullptr;
  std::size_t size = 0;
  if (!PEM_write_bio(bio.get(), kind, "", content.data(), static_cast<long>(content.size())) ||
      !BIO_mem_contents(bio.get(), &text, &size))
    return {};
  return std::string(as_text({text, size}));
}

/// Only the library knows what it understands; an unknown version alone is well-formed.
bool well_formed(bytes_view list) {
  const bssl::UniquePtr<SSL_CTX> ctx(SSL_CTX_new(TLS_with_buffers_method()));
  const bssl::UniquePtr<SSL> ssl(ctx ? SSL_new(ctx.get()) : nullptr);
  const bool ok = ssl && SSL_set1_ech_config_list(ssl.get(), list.data(), list.size()) == 1;
  ERR_clear_error();
  return ok;
}

/// The KEM of an ECHConfig: version, length, config id, then that.
const EVP_HPKE_KEM* kem_of(CBS config) {
  std::uint16_t kem = 0;
  if (!CBS_skip(&config, 2 + 2 + 1) || !CBS_get_u16(&config, &kem)) return nullptr;
  return kem == EVP_HPKE_DHKEM_X25519_HKDF_SHA256 ? EVP_hpke_x25519_hkdf_sha256() : nullptr;
}

/// Pairs of a private key and its ECHConfig, each behind its length of two bytes.
bool add_keys(SSL_ECH_KEYS& to, bytes_view pairs) {
  CBS left;
  CBS_init(&left, pairs.data(), pairs.size());
  if (CBS_len(&left) == 0) return false;
  while (CBS_len(&left) > 0) {
    CBS secret, config;
    if (!CBS_get_u16_length_prefixed(&left, &secret) ||
        !CBS_get_u16_length_prefixed(&left, &config))
      return false;
    const auto* kem = kem_of(config);
    const bssl::UniquePtr<EVP_HPKE_KEY> key(EVP_HPKE_KEY_new());
    if (!kem || !key || !EVP_HPKE_KEY_init(key.get(), kem, CBS_data(&secret), CBS_len(&secret)) ||
        !SSL_ECH_KEYS_add(&to, 1, CBS_data(&config), CBS_len(&config), key.get()))
      return false;
  }
  return true;
}

void append_sized(bytes& to, bytes_view part) {
  std::uint8_t size[2];
  put_u16(size, static_cast<std::uint16_t>(part.size()));
  append(to, size);
  append(to, part);
}

}  // namespace

result<bytes> read_ech_options(const ech_options& options) {
  if (!options.enabled || (options.config.empty() && options.config_path.empty())) return bytes();
  const auto text = text_or_file(options.config, options.config_path);
  if (!text) return text.error();
  const auto list = text->find("-----BEGIN") != std::string::npos ? read_block(*text, configs_block)
                                                                  : read_base64(*text);
  ERR_clear_error();
  if (!list || !well_formed(*list)) return errc::bad_ech_config;
  return *list;
}

result<ech_key_pair> make_ech_keys(const std::string& public_name) {
  const bssl::UniquePtr<EVP_HPKE_KEY> key(EVP_HPKE_KEY_new());
  std::uint8_t id = 0, secret[EVP_HPKE_MAX_PRIVATE_KEY_LENGTH];
  std::size_t secret_size = 0;
  RAND_bytes(&id, 1);
  if (!key || !EVP_HPKE_KEY_generate(key.get(), EVP_hpke_x25519_hkdf_sha256()) ||
      !EVP_HPKE_KEY_private_key(key.get(), secret, &secret_size, sizeof secret))
    return error_code(boost::asio::error::no_memory);
  std::uint8_t* made = nullptr;
  std::size_t size = 0;
  const bool ok =
      SSL_marshal_ech_config(&made, &size, id, key.get(), public_name.c_str(), padded_name) == 1;
  ERR_clear_error();
  if (!ok) return error_code(boost::asio::error::invalid_argument);
  const bssl::UniquePtr<std::uint8_t> owner(made);

  bytes list, keys;
  append_sized(list, {made, size});
  append_sized(keys, {secret, secret_size});
  append_sized(keys, {made, size});
  ech_key_pair out{write_block(configs_block, list), write_block(keys_block, keys)};
  OPENSSL_cleanse(secret, sizeof secret);
  OPENSSL_cleanse(keys.data(), keys.size());
  return out;
}

error_code set_ech_keys(SSL_CTX& ctx, const std::string& pem, const std::string& path) {
  if (pem.empty() && path.empty()) return {};
  const auto text = text_or_file(pem, path);
  if (!text) return text.error();
  auto pairs = read_block(*text, keys_block);
  const bssl::UniquePtr<SSL_ECH_KEYS> keys(SSL_ECH_KEYS_new());
  const bool ok =
      pairs && keys && add_keys(*keys, *pairs) && SSL_CTX_set1_ech_keys(&ctx, keys.get()) == 1;
  if (pairs) OPENSSL_cleanse(pairs->data(), pairs->size());
  ERR_clear_error();
  return ok ? error_code{} : errc::bad_ech_keys;
}

error_code check_ech_keys(const std::string& pem, const std::string& path) {
  const bssl::UniquePtr<SSL_CTX> ctx(SSL_CTX_new(TLS_with_buffers_method()));
  return ctx ? set_ech_keys(*ctx, pem, path) : error_code(boost::asio::error::no_memory);
}

bool ech_accepted(const SSL& ssl) noexcept { return SSL_ech_accepted(&ssl) == 1; }

std::string_view rejecting_name(const SSL& ssl) {
  const char* name = nullptr;
  std::size_t size = 0;
  SSL_get0_ech_name_override(&ssl, &name, &size);
  return {name, size};
}

error_code ech_client::offer(ssl_st& ssl, bytes_view looked_up) {
  if (!enabled_) return {};
  const auto published = configured_.empty() ? looked_up : bytes_view(configured_);
  if (published.empty()) return errc::ech_no_config;
  const std::lock_guard lock(mutex_);
  if (!std::equal(published.begin(), published.end(), published_.begin(), published_.end())) {
    published_.assign(published.begin(), published.end());
    retry_.clear();  // said about another list
  }
  const auto& list = retry_.empty() ? published_ : retry_;
  SSL_set_reject_unusable_ech_config(&ssl, 1);
  const bool ok = SSL_set1_ech_config_list(&ssl, list.data(), list.size()) == 1;
  ERR_clear_error();
  return ok ? error_code{} : errc::bad_ech_config;
}

error_code ech_client::rejected(const ssl_st& ssl) {
  const std::uint8_t* list = nullptr;
  std::size_t size = 0;
  SSL_get0_ech_retry_configs(&ssl, &list, &size);
  const std::lock_guard lock(mutex_);
  retry_.assign(list, list + size);
  return size > 0 ? errc::ech_rejected : errc::ech_disabled;
}

error_code ech_client::unusable() {
  const std::lock_guard lock(mutex_);
  retry_.clear();
  return errc::bad_ech_config;
}

}  // namespace anytls::tls
