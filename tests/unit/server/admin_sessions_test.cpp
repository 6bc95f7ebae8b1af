#include "freellm/server/admin/sessions.hpp"

#include <gtest/gtest.h>

namespace freellm::server::admin {
namespace {

using namespace std::chrono_literals;

store::AdminSession session_at(WallTime now, std::int64_t id, std::string_view token) {
  return {.id = id,
          .token_hash = token_hash(token),
          .created_at = now,
          .last_seen_at = now,
          .expires_at = now + 1h};
}

TEST(SessionTable, UsingASessionMovesItsEnd) {
  ManualClock clock;
  SessionTable table{Millis{1h}};
  table.add(session_at(clock.now().wall, 1, "token"));

  clock.advance(59min);
  ASSERT_TRUE(table.find("token", clock.now().wall));
  clock.advance(59min);

  EXPECT_TRUE(table.find("token", clock.now().wall));
}

TEST(SessionTable, ForgetsAnExpiredSession) {
  ManualClock clock;
  SessionTable table{Millis{1h}};
  table.add(session_at(clock.now().wall, 1, "token"));

  clock.advance(1h);

  EXPECT_FALSE(table.find("token", clock.now().wall));
}

TEST(SessionTable, WatchingDoesNotCountAsUse) {
  ManualClock clock;
  SessionTable table{Millis{1h}};
  table.add(session_at(clock.now().wall, 1, "token"));

  clock.advance(59min);
  ASSERT_TRUE(table.is_valid("token", clock.now().wall));
  clock.advance(2min);

  EXPECT_FALSE(table.is_valid("token", clock.now().wall));
}

TEST(SessionTable, EndingTheOthersKeepsOne) {
  ManualClock clock;
  SessionTable table{Millis{1h}};
  table.add(session_at(clock.now().wall, 1, "one"));
  table.add(session_at(clock.now().wall, 2, "two"));

  table.remove_all(2);

  EXPECT_FALSE(table.find("one", clock.now().wall));
  EXPECT_TRUE(table.find("two", clock.now().wall));
}

TEST(SessionTable, TellsTheDatabaseAtMostOnceAMinute) {
  ManualClock clock;
  SessionTable table{Millis{1h}};
  table.add(session_at(clock.now().wall, 1, "token"));

  EXPECT_FALSE(table.find("token", clock.now().wall)->is_due);
  clock.advance(61s);
  EXPECT_TRUE(table.find("token", clock.now().wall)->is_due);
  EXPECT_FALSE(table.find("token", clock.now().wall)->is_due);
}

TEST(CsrfToken, DependsOnTheSessionAndDoesNotGiveItAway) {
  EXPECT_NE(csrf_token("one"), csrf_token("two"));
  EXPECT_EQ(csrf_token("one").find("one"), std::string::npos);
}

}  // namespace
}  // namespace freellm::server::admin
