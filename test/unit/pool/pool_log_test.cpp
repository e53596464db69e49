// Golden: the log lines of the documents, word for word (docs/spec/pool.md, "Logs"). The level is
// the log's own.

#include "pool/pool_log.h"

#include <gtest/gtest.h>

namespace anytls::pool {
namespace {

TEST(pool_log, words_of_mihomo) {
  constexpr auto w = log_words::mihomo;
  EXPECT_EQ(describe(idle_cleanup{12, 7, 5}, w),
            "[AnyTLS] Idle cleanup: found 12 idle sessions, closing 7 (keeping 5 protected)");
  EXPECT_EQ(describe(age_cleanup{3, 2}, w),
            "[AnyTLS] Age cleanup: closing 3 aged sessions (keeping 2 protected)");
  EXPECT_EQ(describe(maintenance{3, 10, 3}, w),
            "[AnyTLS] Proactive pool maintenance: current=3, target=10, creating 3 sessions");
  EXPECT_EQ(describe_created(145, 1, w), "[AnyTLS] Created proactive session #145");
  EXPECT_EQ(describe_created(147, 3, w), "[AnyTLS] Created proactive session #147");
}

TEST(pool_log, words_of_sing_box) {
  constexpr auto w = log_words::sing_box;
  EXPECT_EQ(describe(maintenance{2, 5, 3}, w),
            "[EnsureIdleSession] Current idle sessions: 2, target: 5, creating 3 new sessions");
  EXPECT_EQ(describe_created(42, 1, w),
            "[EnsureIdleSession] Successfully created and pooled session #1 (seq=42)");
  EXPECT_EQ(describe_created(44, 3, w),
            "[EnsureIdleSession] Successfully created and pooled session #3 (seq=44)");
  // Its document has no words for the checks.
  EXPECT_EQ(describe(idle_cleanup{12, 7, 5}, w),
            describe(idle_cleanup{12, 7, 5}, log_words::mihomo));
  EXPECT_EQ(describe(age_cleanup{3, 2}, w), describe(age_cleanup{3, 2}, log_words::mihomo));
}

TEST(pool_log, what_has_no_line) {
  for (const auto w : {log_words::sing_box, log_words::mihomo}) {
    EXPECT_EQ(describe(close_session{1, 0, session::close_reason::max_age}, w), "");
    EXPECT_EQ(describe(create_sessions{3}, w), "");
    EXPECT_EQ(describe(backing_off{1}, w), "");
  }
}

TEST(pool_log, reasons_by_name) {
  using r = session::close_reason;
  const std::pair<r, const char*> names[] = {{r::idle_timeout, "idle_timeout"},
                                             {r::max_age, "max_age"},
                                             {r::heartbeat_timeout, "heartbeat_timeout"},
                                             {r::stream_timeout, "stream_timeout"},
                                             {r::peer_closed, "peer_closed"},
                                             {r::io_error, "io_error"},
                                             {r::alert, "alert"},
                                             {r::padding_changed, "padding_changed"},
                                             {r::network_change, "network_change"},
                                             {r::shutdown, "shutdown"}};
  for (const auto& [reason, name] : names) EXPECT_STREQ(session::name(reason), name);
}

}  // namespace
}  // namespace anytls::pool
