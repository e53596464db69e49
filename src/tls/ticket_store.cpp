#include "tls/ticket_store.h"

#include "tls/library.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>

namespace anytls::tls {

void session_deleter::operator()(ssl_session_st* session) const noexcept {
  SSL_SESSION_free(session);
}

void ticket_store::put(session_ptr ticket, time until) {
  const std::lock_guard lock(mutex_);
  entries_.push_back({std::move(ticket), until});
  if (entries_.size() > most) entries_.pop_front();
}

session_ptr ticket_store::take(time now) {
  const std::lock_guard lock(mutex_);
  while (!entries_.empty()) {
    auto& newest = entries_.back();
    if (newest.until > now) {
      if (SSL_SESSION_get_protocol_version(newest.ticket.get()) < TLS1_3_VERSION) {
        SSL_SESSION_up_ref(newest.ticket.get());
        return session_ptr(newest.ticket.get());
      }
      auto out = std::move(newest.ticket);
      entries_.pop_back();
      return out;
    }
    entries_.pop_back();
  }
  return nullptr;
}

void ticket_store::clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
}

std::size_t ticket_store::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

ticket_store::time certificate_end(const ssl_session_st& session) {
  const auto shown = leaf(session);
  const auto seconds = shown ? posix_seconds(*X509_get0_notAfter(shown.get())).value_or(0) : 0;
  ERR_clear_error();
  // The clock's range ends in 2262.
  constexpr std::int64_t far = 9'000'000'000;
  return ticket_store::time(std::chrono::seconds(std::min(seconds, far)));
}

}  // namespace anytls::tls
