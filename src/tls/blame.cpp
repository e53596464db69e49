// Which file, or which text of a configuration, a context could not be made of. Only after a
// failure, so it may look at everything again.

#include "tls/context.h"
#include "tls/ech_keys.h"
#include "tls/identity.h"
#include "tls/pem.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>

namespace anytls::tls {
namespace {

// Why the system does not let us read a file; none = it does.
error_code cannot_read(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  char byte = 0;
  error_code why;
  if (fd < 0 || ::read(fd, &byte, 1) < 0) why.assign(errno, boost::system::system_category());
  if (fd >= 0) ::close(fd);
  return why;
}

std::string place(const std::string& text, const std::string& path) {
  return text.empty() ? path : "(inline)";
}

/// Empty where it can be read.
std::string unreadable(std::string_view what, const std::string& text, const std::string& path) {
  if (!text.empty() || text_or_file(text, path)) return {};
  if (const auto why = cannot_read(path))
    return fmt::format("cannot read the TLS {} {}: {}", what, path, why.message());
  return fmt::format("the TLS {} {} is too large a file", what, path);
}

std::string about(std::string_view owner, const identity_source& source) {
  const auto made = identity::load(source);
  if (made) return {};
  const auto certificate = fmt::format("{}certificate", owner);
  const auto key = fmt::format("{}key", owner);
  if (made.error() == errc::unreadable_file) {
    auto out = unreadable(certificate, source.certificate_pem, source.certificate_path);
    if (out.empty()) out = unreadable(key, source.key_pem, source.key_path);
    return out;
  }
  const bool of_key = made.error() == errc::bad_key_file || made.error() == errc::key_mismatch;
  return fmt::format("TLS {} {}: {}", of_key ? key : certificate,
                     of_key ? place(source.key_pem, source.key_path)
                            : place(source.certificate_pem, source.certificate_path),
                     made.error().message());
}

std::string about_roots(std::string_view what, const std::string& text, const std::string& path) {
  if (text.empty() && path.empty()) return {};
  if (auto out = unreadable(what, text, path); !out.empty()) return out;
  const auto content = text_or_file(text, path);
  if (!content || !read_certificates(*content).empty()) return {};
  return fmt::format("TLS {} {}: {}", what, place(text, path),
                     error_code(errc::bad_certificate_file).message());
}

}  // namespace

std::string blame(const server_options& options) {
  for (const auto& source : options.identities())
    if (auto out = about("", source); !out.empty()) return out;
  constexpr std::string_view what = "client certificate";
  if (auto out = about_roots(what, options.clients.roots_pem, {}); !out.empty()) return out;
  for (const auto& path : options.clients.roots_paths)
    if (auto out = about_roots(what, {}, path); !out.empty()) return out;
  const auto& pem = options.ech_key_pem;
  const auto& path = options.ech_key_path;
  if (pem.empty() && path.empty()) return {};
  if (auto out = unreadable("ECH keys", pem, path); !out.empty()) return out;
  if (const auto wrong = check_ech_keys(pem, path))
    return fmt::format("ECH keys {}: {}", place(pem, path), wrong.message());
  return {};
}

std::string blame(const client_options& options) {
  auto out = about_roots("certificate", options.certificate_pem, options.certificate_path);
  if (out.empty() && !options.identity.empty()) out = about("client ", options.identity);
  if (const auto& ech = options.ech; out.empty() && ech.enabled) {
    if (const auto list = read_ech_options(ech);
        list.has_error() && list.error() == errc::ech_unavailable)
      out = list.error().message();
    else if (!list)
      out = fmt::format("ECH configuration {}: {}", place(ech.config, ech.config_path),
                        list.error().message());
  }
  return out;
}

}  // namespace anytls::tls
