#include "config/tls_values.h"

#include "config/suggest.h"
#include "config/value.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

namespace anytls::config {
namespace {

constexpr std::array<std::string_view, 17> suites{
    "TLS_AES_128_GCM_SHA256",  // the three of TLS 1.3 first
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_256_CBC_SHA"};
constexpr std::size_t suites_of_1_3 = 3;

constexpr std::array<std::string_view, 5> curves{"P256", "P384", "P521", "X25519",
                                                 "X25519MLKEM768"};

constexpr std::array<std::string_view, 6> ways{
    "no",  // order of client_authentication
    "request", "require-any", "verify-if-given", "require-and-verify", ""};

/// Each of a list is one of `known`. `what`: "a cipher suite".
bool read_names(const cursor& at, std::span<const std::string_view> known, std::string_view what,
                std::string_view advice, std::vector<std::string>& into) {
  std::vector<std::string> names;
  if (!read_strings(at, names)) return false;
  bool good = true;
  for (const auto& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto near = nearest(name, known);
    at.error(near.empty() ? fmt::format("{} is not {}; {}", in_quotes(name), what, advice)
                          : fmt::format("{} is unknown, did you mean {}?", in_quotes(name), near));
    good = false;
  }
  if (good) into = std::move(names);
  return good;
}

int base64_digit(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

/// Exactly 32 bytes: 43 digits and a '='.
std::optional<sha256_digest> from_base64(std::string_view text) {
  sha256_digest out{};
  if (text.size() != 44 || text.back() != '=') return std::nullopt;
  std::uint32_t bits = 0;
  std::size_t held = 0;
  std::size_t size = 0;
  for (const char c : text.substr(0, 43)) {
    const int digit = base64_digit(c);
    if (digit < 0) return std::nullopt;
    bits = (bits << 6 | static_cast<std::uint32_t>(digit)) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out[size++] = static_cast<std::uint8_t>(bits >> held);
  }
  if ((bits & 3) != 0) return std::nullopt;  // 43 digits are 258 bits
  return out;
}

}  // namespace

bool read_cipher_suites(const cursor& at, std::vector<std::string>& into) {
  return read_names(at, suites, "a cipher suite",
                    "write a name as Go has it, for example TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                    into);
}

bool any_tls_1_2_suite(const std::vector<std::string>& names) {
  const auto end = suites.begin() + suites_of_1_3;
  return std::any_of(names.begin(), names.end(),
                     [&](const auto& name) { return std::find(suites.begin(), end, name) == end; });
}

bool read_curves(const cursor& at, std::vector<std::string>& into) {
  return read_names(at, curves, "a key exchange", fmt::format("one of {}", fmt::join(curves, ", ")),
                    into);
}

bool read_key_hashes(const cursor& at, std::vector<sha256_digest>& into) {
  std::vector<std::string> texts;
  if (!read_strings(at, texts)) return false;
  std::vector<sha256_digest> hashes;
  for (const auto& text : texts) {
    const auto hash = from_base64(text);
    if (!hash) {
      at.error(fmt::format(
          "{} is not the SHA-256 of a public key in base64 (44 characters, the last is =)",
          in_quotes(text)));
      return false;
    }
    hashes.push_back(*hash);
  }
  into = std::move(hashes);
  return true;
}

bool read_client_authentication(const cursor& at, client_authentication& into) {
  const auto index = read_word(at, ways);
  if (!index) return false;
  into = *index == 5 ? client_authentication::no : static_cast<client_authentication>(*index);
  return true;
}

std::string_view name(client_authentication what) noexcept {
  return ways[static_cast<std::size_t>(what)];
}

}  // namespace anytls::config
