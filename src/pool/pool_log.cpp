#include "pool/pool_log.h"

#include <fmt/format.h>

namespace anytls::pool {
namespace {

// The document of sing-box has words for creating only; a check says the same in both forms.
struct words_of {
  log_words words;

  std::string operator()(const idle_cleanup& a) const {
    return fmt::format(
        "[AnyTLS] Idle cleanup: found {} idle sessions, closing {} (keeping {} protected)", a.found,
        a.closing, a.kept);
  }
  std::string operator()(const age_cleanup& a) const {
    return fmt::format("[AnyTLS] Age cleanup: closing {} aged sessions (keeping {} protected)",
                       a.closing, a.kept);
  }
  std::string operator()(const maintenance& a) const {
    if (words == log_words::mihomo)
      return fmt::format(
          "[AnyTLS] Proactive pool maintenance: current={}, target={}, creating {} sessions",
          a.current, a.target, a.creating);
    return fmt::format(
        "[EnsureIdleSession] Current idle sessions: {}, target: {}, creating {} new sessions",
        a.current, a.target, a.creating);
  }
  std::string operator()(const close_session&) const { return {}; }
  std::string operator()(const create_sessions&) const { return {}; }
  std::string operator()(const backing_off&) const { return {}; }
};

}  // namespace

std::string describe(const pool_action& what, log_words words) {
  return std::visit(words_of{words}, what);
}

std::string describe_created(sequence seq, std::size_t number, log_words words) {
  if (words == log_words::mihomo) return fmt::format("[AnyTLS] Created proactive session #{}", seq);
  return fmt::format("[EnsureIdleSession] Successfully created and pooled session #{} (seq={})",
                     number, seq);
}

}  // namespace anytls::pool
