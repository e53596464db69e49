#include "tls/pem.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <fcntl.h>
#include <unistd.h>
#include <cstdint>

namespace anytls::tls {
namespace {

// Far above any chain or bundle; a mistyped path to a device or a disk image must not fill memory.
constexpr std::size_t max_file = 16 * 1024 * 1024;

owned<BIO> open_text(std::string_view text) {
  return owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

int no_password(char*, int, int, void*) { return 0; }

}  // namespace

result<std::string> text_or_file(const std::string& text, const std::string& path) {
  if (!text.empty() || path.empty()) return text;
  // A pipe without a writer must not keep anybody waiting; what a shell substitutes has one.
  const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return errc::unreadable_file;
  const int flags = ::fcntl(fd, F_GETFL);
  ::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
  std::string content;
  char block[4096];
  ssize_t got = 0;
  while (content.size() <= max_file && (got = ::read(fd, block, sizeof block)) > 0)
    content.append(block, static_cast<std::size_t>(got));
  ::close(fd);
  if (got < 0 || content.size() > max_file) return errc::unreadable_file;
  return content;
}

std::vector<x509_ptr> read_certificates(std::string_view pem) {
  std::vector<x509_ptr> out;
  const auto bio = open_text(pem);
  while (auto* certificate = PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr)) {
    out.emplace_back(certificate);
  }
  const auto error = ERR_peek_last_error();
  ERR_clear_error();
  const bool at_end =
      ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  if (!at_end) out.clear();
  return out;
}

key_ptr read_key(std::string_view pem) {
  const auto bio = open_text(pem);
  key_ptr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  return key;
}

}  // namespace anytls::tls
