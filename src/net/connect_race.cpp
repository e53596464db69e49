#include "net/connect_race.h"

#include "net/socket_setup.h"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <cerrno>

namespace anytls::net {
namespace {

int telling(const error_code& e) noexcept {
  if (!e) return 0;
  if (is_option_refused(e)) return 9;
  if (e.category() != boost::system::system_category()) return 5;
  switch (e.value()) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return 9;  // our own trouble: nothing is known about the target
    case ECONNREFUSED:
      return 8;
    case ECONNRESET:
      return 7;
    case EACCES:
    case EPERM:
      return 6;
    case ETIMEDOUT:
      return 4;
    case EHOSTUNREACH:
      return 3;
    case ENETUNREACH:
      return 2;
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
    case EINVAL:
      return 1;  // this host does not have the family (EINVAL: link-local without a scope)
    default:
      return 5;
  }
}

}  // namespace

error_code more_telling(error_code a, error_code b) noexcept {
  return telling(b) > telling(a) ? b : a;
}

race_action connect_race::next(time_point now) {
  if (winner_) return race_won{*winner_};
  if (now >= deadline_) {
    // What hangs is the timeout's; a refusal that another address gave says more.
    const error_code timeout = errc::connect_timeout;
    return race_lost{telling(reason_) > telling(timeout) ? reason_ : timeout};
  }
  if (started_ < candidates_ && (running_ == 0 || now >= next_start_)) {
    next_start_ = now + delay_;
    ++running_;
    return start_attempt{started_++};
  }
  if (started_ < candidates_) return wait_for_event{std::min(next_start_, deadline_)};
  if (running_ > 0) return wait_for_event{deadline_};
  return race_lost{reason_ ? reason_ : make_error_code(errc::no_address)};
}

void connect_race::connected(std::size_t index) {
  --running_;
  if (!winner_) winner_ = index;
}

void connect_race::failed(std::size_t index, error_code reason) {
  --running_;
  reason_ = more_telling(reason_, reason);
  // Only the newest attempt holds the next one back.
  if (index + 1 == started_) next_start_ = {};
}

}  // namespace anytls::net
