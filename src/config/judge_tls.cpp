#include "config/judge_tls.h"

#include "base/tls_library.h"
#include "config/tls_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace anytls::config {
namespace {

class judge {
 public:
  // mihomo has these fields in the proxy or the listener itself.
  judge(form which, const std::string& at, report& out)
      : mihomo_(which == form::mihomo), at_(mihomo_ ? at : at + ".tls"), out_(out) {}

  std::string_view word(std::string_view sing_box, std::string_view mihomo) const {
    return mihomo_ ? mihomo : sing_box;
  }

  template <typename... Args>
  void error(fmt::format_string<Args...> sentence, Args&&... args) const {
    out_.error(at_, 0, fmt::format(sentence, std::forward<Args>(args)...));
  }

  /// sing-box reads the text and never looks at the path.
  void one_of(std::string_view name, const std::string& text, bool path) const {
    if (!text.empty() && path)
      out_.warning(at_, 0,
                   fmt::format("{0} and {0}_path are both there: the file is not used", name));
  }

  template <typename Tls>
  void algorithms(const Tls& tls) const {
    if (tls.min_version && tls.max_version && *tls.min_version > *tls.max_version)
      error("min_version is above max_version");
    const bool old = tls.max_version == tls_version::tls_1_2;
    const auto& suites = tls.cipher_suites;
    if (!suites.empty() && !any_tls_1_2_suite(suites) && old)
      error("cipher_suites has none for TLS 1.2, and max_version is 1.2");
    if (any_tls_1_2_suite(suites) && tls.min_version == tls_version::tls_1_3)
      out_.warning(at_, 0,
                   "cipher_suites is not used: it is about TLS 1.2, and min_version is 1.3");
    if (old && tls.curves.size() == 1 && tls.curves.front() == "X25519MLKEM768")
      error("curve_preferences has none for TLS 1.2, and max_version is 1.2");
    else if (!built_on().post_quantum_curve &&
             std::find(tls.curves.begin(), tls.curves.end(), "X25519MLKEM768") != tls.curves.end())
      error("curve_preferences: X25519MLKEM768 is not in the {} of this build: leave it out",
            built_on().name);
  }

  void ech(bool wanted, const char* mihomos) const {
    if (wanted && !built_on().ech)
      out_.error(fmt::format("{}.{}", at_, word("ech", mihomos)), 0,
                 fmt::format("this build is on {}, which has no Encrypted ClientHello: leave it "
                             "out, or use a build on BoringSSL",
                             built_on().name));
  }

 private:
  bool mihomo_;
  std::string at_;
  report& out_;
};

}  // namespace

void judge_tls_client(form which, const tls_client& tls, const std::string& at, report& out) {
  const judge j(which, at, out);
  j.algorithms(tls);
  j.ech(tls.ech.enabled, "ech-opts");
  const auto& own = tls.client;
  const bool certificate = !own.certificate.empty() || !own.certificate_path.empty();
  const bool key = !own.key.empty() || !own.key_path.empty();
  if (certificate && !key)
    j.error("{} is missing: a certificate is shown together with its key",
            j.word("client_key_path", "private-key"));
  if (key && !certificate)
    j.error("{} is missing: a key is used together with its certificate",
            j.word("client_certificate_path", "certificate"));
  j.one_of("client_certificate", own.certificate, !own.certificate_path.empty());
  j.one_of("client_key", own.key, !own.key_path.empty());
  j.one_of("certificate", tls.certificate, !tls.certificate_path.empty());
  if (!tls.public_keys_sha256.empty() &&
      (!tls.certificate.empty() || !tls.certificate_path.empty()))
    j.error(
        "certificate and certificate_public_key_sha256 exclude each other: a pinned key is "
        "trusted, whoever has signed it");
}

void judge_tls_server(form which, const tls_server& tls, const std::string& at, report& out) {
  const judge j(which, at, out);
  j.algorithms(tls);
  j.ech(!tls.ech_key.empty() || !tls.ech_key_path.empty(), "ech-key");
  j.one_of("certificate", tls.certificate, !tls.certificate_path.empty());
  j.one_of("key", tls.key, !tls.key_path.empty());
  j.one_of("client_certificate", tls.client_certificate, !tls.client_certificate_paths.empty());

  const auto ask = j.word("client_authentication", "client-auth-type");
  const auto roots = j.word("client_certificate_path", "client-auth-cert");
  const bool verifies = tls.clients == client_authentication::verify_if_given ||
                        tls.clients == client_authentication::require_and_verify;
  const bool by_roots = !tls.client_certificate.empty() || !tls.client_certificate_paths.empty();
  const bool by_keys = !tls.client_keys_sha256.empty();
  if (verifies && !by_roots && !by_keys)
    j.error("{} is missing: {} is {}, and there is nothing to verify certificates by", roots, ask,
            name(tls.clients));
  if (!verifies && (by_roots || by_keys))
    j.error("{} is {}, so certificates of clients would not be verified; write require-and-verify",
            ask, name(tls.clients));
  if (by_roots && by_keys)
    j.error(
        "client_certificate and client_certificate_public_key_sha256 exclude each other: a "
        "known key is let in, whoever has signed it");
}

}  // namespace anytls::config
