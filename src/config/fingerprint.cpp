#include "config/fingerprint.h"

#include "base/tls_library.h"
#include "config/suggest.h"
#include "config/value.h"

#include <algorithm>
#include <array>

namespace anytls::config {
namespace {

constexpr std::array<std::string_view, 19> names{"chrome",
                                                 "none",
                                                 "firefox",
                                                 "safari",
                                                 "ios",
                                                 "android",
                                                 "edge",
                                                 "360",
                                                 "qq",
                                                 "random",
                                                 "randomized",
                                                 "chrome_psk",
                                                 "chrome_pq",
                                                 "chrome120",
                                                 "firefox120",
                                                 "safari16",
                                                 "chrome_psk_shuffle",
                                                 "chrome_padding_psk_shuffle",
                                                 "chrome_pq_psk"};

constexpr std::string_view as_chrome = "the ClientHello is that of a current Chrome";
constexpr std::string_view not_firefox =
    "the ClientHello is Chrome's: unlike it, Firefox's has no GREASE, no ALPS and no trust "
    "anchors, "
    "but delegated credentials, a record size limit, a key share of P-256 and other ciphers";
constexpr std::string_view not_safari =
    "the ClientHello is Chrome's: unlike it, Safari's keeps the order of its extensions, has no "
    "ECH, no ALPS and no trust anchors, compresses certificates by zlib and offers other ciphers";

}  // namespace

std::span<const std::string_view> fingerprint_names() noexcept { return names; }

std::optional<fingerprint> find_fingerprint(std::string_view name) noexcept {
  if (name.empty() || name == "chrome") return fingerprint{};
  if (name == "none") return fingerprint{client_hello::plain};
  if (std::find(names.begin(), names.end(), name) == names.end()) return std::nullopt;
  if (name.starts_with("firefox")) return fingerprint{client_hello::chrome, not_firefox};
  if (name.starts_with("safari") || name == "ios")
    return fingerprint{client_hello::chrome, not_safari};
  return fingerprint{client_hello::chrome, as_chrome};
}

std::string unknown_fingerprint(std::string_view name) {
  return fmt::format("{} is unknown; one of {}", in_quotes(name), fmt::join(names, ", "));
}

std::string missing_hello(client_hello wanted) {
  if (wanted == client_hello::plain || built_on().chrome_hello) return {};
  return fmt::format("this build is on {}: the ClientHello is that library's, not Chrome's",
                     built_on().name);
}

void judge_hello(const cursor& at, client_hello wanted) {
  if (const auto said = missing_hello(wanted); !said.empty()) at.warning(said);
}

void read_fingerprint(const cursor& at, client_hello& into) {
  std::string name;
  if (!read_string(at, name)) return;
  if (at.weak)
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
  const auto found = find_fingerprint(name);
  if (!found && at.weak) return at.warning(unknown_fingerprint(name) + "; chrome is used");
  if (!found) return at.error(unknown_fingerprint(name));
  into = found->hello;
  if (!found->remark.empty() && built_on().chrome_hello) at.warning(found->remark);
}

}  // namespace anytls::config
