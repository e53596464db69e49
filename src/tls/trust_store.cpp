#include "tls/trust_store.h"

#include "base/log.h"

#include <openssl/err.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <string_view>

namespace anytls::tls {
namespace {

namespace fs = std::filesystem;

// Debian and its kin, Fedora, OpenSUSE, OpenELEC, RHEL, Alpine and others.
constexpr const char* usual_directories[] = {"/etc/ssl/certs", "/etc/pki/tls/certs"};
constexpr const char* usual_files[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
};

bool is_hash_name(const std::string& name) {  // 3513523f.0
  if (name.size() != 10 || name[8] != '.' || !std::isdigit(static_cast<unsigned char>(name[9])))
    return false;
  for (int i = 0; i < 8; ++i) {
    if (!std::isxdigit(static_cast<unsigned char>(name[static_cast<std::size_t>(i)]))) return false;
  }
  return true;
}

bool is_hashed(const fs::path& directory) {
  std::error_code ignored;
  for (fs::directory_iterator i(directory, ignored), end; !ignored && i != end;
       i.increment(ignored)) {
    if (is_hash_name(i->path().filename().string())) return true;
  }
  return false;
}

bool add_file(X509_STORE* store, const std::string& path) {
  const auto text = text_or_file({}, path);
  if (!text) return false;
  const auto certificates = read_certificates(*text);
  for (const auto& certificate : certificates) X509_STORE_add_cert(store, certificate.get());
  return !certificates.empty();
}

bool add_hashed(X509_STORE* store, const std::string& directory) {
  auto* lookup = X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir());
  return lookup && X509_LOOKUP_add_dir(lookup, directory.c_str(), X509_FILETYPE_PEM) == 1;
}

bool add_directory(X509_STORE* store, const std::string& directory) {
  if (is_hashed(directory)) return add_hashed(store, directory);
  bool any = false;
  std::error_code ignored;
  for (fs::directory_iterator i(directory, ignored), end; !ignored && i != end;
       i.increment(ignored)) {
    any = add_file(store, i->path().string()) || any;
  }
  return any;
}

bool add_directories(X509_STORE* store, std::string_view list) {
  bool any = false;
  while (!list.empty()) {
    const auto directory = list.substr(0, list.find(':'));
    list.remove_prefix(std::min(list.size(), directory.size() + 1));
    if (!directory.empty()) any = add_directory(store, std::string(directory)) || any;
  }
  return any;
}

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool load(X509_STORE* store) {
  const auto file = environment("SSL_CERT_FILE");
  const auto directories = environment("SSL_CERT_DIR");
  if (!file.empty() ||
      !directories.empty()) {  // whoever sets them wants nothing else to be trusted
    const bool from_file = !file.empty() && add_file(store, std::string(file));
    return add_directories(store, directories) || from_file;
  }
  for (const char* directory : usual_directories) {
    if (is_hashed(directory) && add_hashed(store, directory)) return true;
  }
  for (const char* usual : usual_files) {
    if (add_file(store, usual)) return true;
  }
  return false;
}

}  // namespace

store_ptr load_system_trust() {
  store_ptr store(X509_STORE_new());
  if (!load(store.get())) store.reset();
  // A certificate that the administrator put there is trusted even if it is no authority, as in Go
  // and OpenSSL 3.
  else
    X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  ERR_clear_error();
  return store;
}

X509_STORE* system_trust() {
  static X509_STORE* const store =
      [] {  // never freed: connections of other threads may outlive static destructors
        auto loaded = load_system_trust();
        if (loaded) return loaded.release();
        log::warn(
            "no trusted certificates found on this system: install ca-certificates, or set "
            "SSL_CERT_FILE");
        return X509_STORE_new();
      }();
  return store;
}

store_ptr store_of(const std::vector<x509_ptr>& anchors) {
  store_ptr store(X509_STORE_new());
  for (const auto& anchor : anchors) X509_STORE_add_cert(store.get(), anchor.get());
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  ERR_clear_error();
  return store;
}

}  // namespace anytls::tls
