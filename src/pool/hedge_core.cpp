#include "pool/hedge_core.h"

#include <utility>

namespace anytls::pool {
namespace {

// The server answered, and another session would hear the same.
bool is_verdict(error_code why, bool proven) noexcept {
  if (why == errc::wrong_password)
    return !proven;  // a server that dies or restarts closes new sessions without a word, too
  if (is_about_client_certificate(why)) return true;
  return why == errc::not_anytls || why == errc::alert || why == errc::protocol_error ||
         why == errc::shutting_down;
}

}  // namespace

hedge_actions hedge_core::begin(time_point now, trust given) {
  switch (given) {
    case trust::fresh:
      state_ = state::trusted;
      return {act::use{}};
    case trust::stale:
      state_ = state::asking;
      return {act::wait_until{now + backup_delay()}};
    case trust::none:
      break;
  }
  seeking_ = true;
  return {act::seek{}};
}

hedge_actions hedge_core::payload(time_point now, bool fresh) {
  if (state_ != state::trusted || sent_ || fresh) return {};
  state_ = state::asking;
  return {act::ask{}, act::wait_until{now + backup_delay()}};
}

hedge_actions hedge_core::alive() {
  if (state_ != state::asking) return {};
  state_ = state::trusted;
  if (std::exchange(seeking_, false)) return {act::stop_seeking{}, act::use{}};
  return {act::use{}};
}

hedge_actions hedge_core::timer(bool answers, bool acknowledged) {
  if (state_ != state::asking || seeking_) return {};
  if (!answers && acknowledged) {
    state_ = state::trusted;
    return {act::use{}};
  }
  seeking_ = true;
  return {act::seek{}};
}

hedge_actions hedge_core::lost(error_code why) {
  if (state_ == state::over || state_ == state::nothing) return {};
  if (sent_ || is_verdict(why, facts_.proven) || ++moves_ > max_moves) return fail(why);
  state_ = state::nothing;
  why_lost_ = why;
  if (std::exchange(seeking_, true)) return {};
  return {act::seek{}};
}

hedge_actions hedge_core::found() {
  seeking_ = false;
  if (state_ == state::over) return {};
  state_ = state::trusted;
  return {act::replace{}, act::use{}};
}

hedge_actions hedge_core::not_found(error_code why) {
  seeking_ = false;
  if (state_ == state::nothing) return fail(why);
  return {};  // the one at hand may still answer; its own deadline ends it
}

hedge_actions hedge_core::fail(error_code why) {
  state_ = state::over;
  if (std::exchange(seeking_, false)) return {act::stop_seeking{}, act::fail{why}};
  return {act::fail{why}};
}

}  // namespace anytls::pool
