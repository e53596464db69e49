#include "app/self_signed.h"

#include "app/startup_error.h"
#include "tls/certificate.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace anytls::app {
namespace fs = std::filesystem;
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// In one step, so that a crash leaves no half file; keys are readable by the owner alone.
void write(const fs::path& path, const std::string& text, mode_t mode) {
  const auto temporary = path.string() + ".new";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  const bool written =
      fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (fd >= 0) ::close(fd);
  if (!written || ::rename(temporary.c_str(), path.c_str()) != 0)
    throw startup_error(fmt::format(
        "cannot write {}: give --cert and --key, or set STATE_DIRECTORY to a folder that "
        "can be written",
        path.string()));
}

}  // namespace

std::string state_folder() {
  if (auto folder = variable("STATE_DIRECTORY"); !folder.empty())
    return folder.substr(0, folder.find(':'));
  if (auto folder = variable("XDG_STATE_HOME"); !folder.empty()) return folder + "/anytls";
  if (auto home = variable("HOME"); !home.empty()) return home + "/.local/state/anytls";
  return "/var/lib/anytls";
}

stored_certificate self_signed_certificate(const std::string& folder, const std::string& name) {
  const fs::path base(folder);
  stored_certificate out{(base / "cert.pem").string(), (base / "key.pem").string(), {}, false};
  std::error_code ignored;
  if (fs::exists(out.certificate_path, ignored) && fs::exists(out.key_path, ignored)) {
    out.sha256_hex = tls::certificate_sha256(read(out.certificate_path));
    if (!out.sha256_hex.empty()) return out;
  }
  fs::create_directories(base, ignored);
  auto made = tls::make_self_signed(name, 3650);
  if (!made) throw startup_error("cannot make a certificate: " + made.error().message());
  write(out.key_path, made->key_pem, 0600);
  write(out.certificate_path, made->certificate_pem, 0644);
  out.sha256_hex = made->sha256_hex;
  out.fresh = true;
  return out;
}

}  // namespace anytls::app
