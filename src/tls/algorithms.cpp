#include "tls/algorithms.h"

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

struct curve {
  std::string_view name;
  std::uint16_t group;
};
constexpr std::array<curve, 5> curves{{{"X25519MLKEM768", SSL_GROUP_X25519_MLKEM768},
                                       {"X25519", SSL_GROUP_X25519},
                                       {"P256", SSL_GROUP_SECP256R1},
                                       {"P384", SSL_GROUP_SECP384R1},
                                       {"P521", SSL_GROUP_SECP521R1}}};

bool contains(const auto& names, std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

error_code allow_suites(const std::vector<std::string>& wanted, version max, SSL_CTX* on) {
  for (const auto& name : wanted)
    if (!contains(suites, name) && !contains(suites_1_3, name)) return invalid;
  std::string rule;
  for (const auto name : suites)
    if (contains(wanted, name)) (rule += rule.empty() ? "" : ":") += name;
  const bool done = !rule.empty() ? SSL_CTX_set_strict_cipher_list(on, rule.c_str()) == 1
                                  : max == version::tls1_3 &&
                                        SSL_CTX_set_min_proto_version(on, TLS1_3_VERSION) == 1;
  ERR_clear_error();
  return done ? error_code{} : invalid;
}

error_code allow_curves(const std::vector<std::string>& wanted, SSL_CTX* on) {
  std::vector<std::uint16_t> groups;
  for (const auto& one : curves)
    if (contains(wanted, one.name)) groups.push_back(one.group);
  for (const auto& name : wanted)
    if (std::none_of(curves.begin(), curves.end(), [&](const auto& c) { return c.name == name; }))
      return invalid;
  const bool done = SSL_CTX_set1_group_ids(on, groups.data(), groups.size()) == 1;
  ERR_clear_error();
  return done ? error_code{} : invalid;
}

}  // namespace

error_code allow_only(const algorithms& wanted, version max, SSL_CTX* on) {
  if (!wanted.cipher_suites.empty())
    if (const auto failure = allow_suites(wanted.cipher_suites, max, on)) return failure;
  if (!wanted.curves.empty()) return allow_curves(wanted.curves, on);
  return {};
}

}  // namespace anytls::tls
