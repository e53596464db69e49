#include "tls/live_server_context.h"

#include "base/log.h"
#include "tls/identity.h"

#include <sys/stat.h>
#include <utility>

namespace anytls::tls {
namespace {

bool same(const timespec& a, const timespec& b) noexcept {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

}  // namespace

bool live_server_context::stamp::operator==(const stamp& other) const noexcept {
  return device == other.device && file == other.file && size == other.size &&
         same(written, other.written) && same(changed, other.changed);
}

live_server_context::live_server_context(std::string name, server_options options)
    : name_(std::move(name)), options_(std::move(options)), files_(options_.files()) {}

result<std::shared_ptr<live_server_context>> live_server_context::make(std::string name,
                                                                       server_options options,
                                                                       duration interval) {
  const std::shared_ptr<live_server_context> out(
      new live_server_context(std::move(name), std::move(options)));
  out->loaded_ = out->look();  // before reading: a change in between is seen the next time
  auto first = server_context::make(out->options_);
  if (!first) return first.error();
  out->current_ = std::move(*first);
  const auto sources = out->options_.identities();
  for (const auto i : out->current_->identities().never_shown())
    log::warn("{}: TLS certificate {} is for no DNS name, so no client will ever see it",
              out->name_,
              sources[i].certificate_pem.empty() ? sources[i].certificate_path : "(inline)");
  if (!out->files_.empty())
    out->thread_ = std::jthread(
        [me = out.get(), interval](const std::stop_token& stop) { me->follow(stop, interval); });
  return out;
}

// Waits for the thread, which is asleep as a rule, else within one look.
live_server_context::~live_server_context() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<server_context> live_server_context::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

live_server_context::stamps live_server_context::look() const {
  stamps out;
  for (const auto& path : files_) {
    struct stat found;
    stamp one;  // of what is not there: nothing
    if (::stat(path.c_str(), &found) == 0)
      one = {found.st_dev, found.st_ino, found.st_size, found.st_mtim, found.st_ctim};
    out.push_back(one);
  }
  return out;
}

void live_server_context::follow(const std::stop_token& stop, duration interval) {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (ended_.wait_for(lock, stop, interval, [&] { return stop.stop_requested(); })) return;
    }
    consider();
  }
}

void live_server_context::consider() {
  auto now = look();
  if (now == loaded_) {
    coming_.reset();
    warned_ = false;
    return;
  }
  if (coming_ != now) {
    coming_ = std::move(now);
    return;
  }
  if (!reload()) return;
  loaded_ = std::move(now);
  coming_.reset();
  warned_ = false;
}

// False where the same files are worth another try.
bool live_server_context::reload() {
  auto made = server_context::make(options_);
  if (made) {
    {
      const std::lock_guard lock(mutex_);
      std::swap(current_, *made);
    }
    log::info("{}: TLS certificates reloaded", name_);
    return true;
  }
  // What cannot be read now (a file is missing for the moment, there are too many open) may be
  // readable later, unchanged. What can be read and is wrong stays wrong.
  const bool again = made.error() == errc::unreadable_file;
  if (!(again && warned_)) {
    const auto why = blame(options_);
    log::warn("{}: {}; the certificate that was loaded before stays in use", name_,
              why.empty() ? made.error().message() : why);
  }
  warned_ = again;
  return !again;
}

}  // namespace anytls::tls
