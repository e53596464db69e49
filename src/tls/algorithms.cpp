#include "tls/algorithms.h"

#include "tls/library.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>

namespace anytls::tls {
namespace {

const error_code invalid = boost::asio::error::invalid_argument;

// Best first: the order of a configuration's list means nothing, as in Go. Hardware for AES is the
// rule; who has none says so by the order of its hello.
constexpr std::array<std::string_view, 14> suites{
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
};
constexpr std::array<std::string_view, 3> suites_1_3{
    "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"};

constexpr std::array<std::string_view, 5> curves{"X25519MLKEM768", "X25519", "P256", "P384",
                                                 "P521"};

bool contains(const auto& names, std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

/// Those of `known` that are wanted, in its order.
std::vector<std::string_view> chosen(const auto& known, const std::vector<std::string>& wanted) {
  std::vector<std::string_view> out;
  for (const auto name : known)
    if (contains(wanted, name)) out.push_back(name);
  return out;
}

error_code set_suites(const std::vector<std::string>& wanted, version max, SSL_CTX* on) {
  for (const auto& name : wanted)
    if (!contains(suites, name) && !contains(suites_1_3, name)) return invalid;
  const auto old = chosen(suites, wanted);
  const bool done = !old.empty() ? allow_suites(on, old)
                                 : max == version::tls1_3 &&
                                       SSL_CTX_set_min_proto_version(on, TLS1_3_VERSION) == 1;
  ERR_clear_error();
  return done ? error_code{} : invalid;
}

error_code set_curves(const std::vector<std::string>& wanted, SSL_CTX* on) {
  for (const auto& name : wanted)
    if (!contains(curves, name)) return invalid;
  const bool done = allow_groups(on, chosen(curves, wanted));
  ERR_clear_error();
  return done ? error_code{} : invalid;
}

}  // namespace

error_code allow_only(const algorithms& wanted, version max, SSL_CTX* on) {
  if (!wanted.cipher_suites.empty())
    if (const auto failure = set_suites(wanted.cipher_suites, max, on)) return failure;
  if (!wanted.curves.empty()) return set_curves(wanted.curves, on);
  return {};
}

}  // namespace anytls::tls
