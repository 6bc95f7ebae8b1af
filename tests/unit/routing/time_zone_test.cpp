#include "freellm/routing/time_zone.hpp"

#include <gtest/gtest.h>

namespace freellm::routing {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

constexpr const char* kPacific = "PST8PDT,M3.2.0,M11.1.0";

WallTime utc(int year, unsigned month, unsigned day_of_month, hours hour = 0h,
             minutes minute = 0min) {
  return sys_days{std::chrono::year{year} / month / day_of_month} + hour + minute;
}

TEST(TimeZone, PacificMidnightIsEightHoursBehindUtcInWinter) {
  EXPECT_EQ(pacific_zone().day_start(utc(2026, 1, 15, 12h)), utc(2026, 1, 15, 8h));
  EXPECT_EQ(pacific_zone().next_day_start(utc(2026, 1, 15, 12h)), utc(2026, 1, 16, 8h));
}

TEST(TimeZone, PacificMidnightIsSevenHoursBehindUtcInSummer) {
  EXPECT_EQ(pacific_zone().day_start(utc(2026, 7, 15, 6h)), utc(2026, 7, 14, 7h));
  EXPECT_EQ(pacific_zone().next_day_start(utc(2026, 7, 15, 6h)), utc(2026, 7, 15, 7h));
}

TEST(TimeZone, TheDayThatLosesAnHourHasTwentyThree) {
  const auto noon = utc(2026, 3, 8, 20h);

  EXPECT_EQ(pacific_zone().day_start(noon), utc(2026, 3, 8, 8h));
  EXPECT_EQ(pacific_zone().next_day_start(noon), utc(2026, 3, 9, 7h));
}

TEST(TimeZone, TheDayThatGainsAnHourHasTwentyFive) {
  const auto noon = utc(2026, 11, 1, 20h);

  EXPECT_EQ(pacific_zone().day_start(noon), utc(2026, 11, 1, 7h));
  EXPECT_EQ(pacific_zone().next_day_start(noon), utc(2026, 11, 2, 8h));
}

TEST(TimeZone, TheInstantOfMidnightBelongsToTheNewDay) {
  const auto midnight = utc(2026, 1, 15, 8h);

  EXPECT_EQ(pacific_zone().day_start(midnight), midnight);
  EXPECT_EQ(pacific_zone().day_start(midnight - 1ns), utc(2026, 1, 14, 8h));
}

TEST(TimeZone, ACompiledInRuleAgreesWithTheDatabase) {
  const auto rule = TimeZone::from_rule(kPacific);
  const auto database = TimeZone::load("America/Los_Angeles", "");
  if (!database.from_database()) GTEST_SKIP() << "no tz database on this machine";

  ASSERT_TRUE(rule);
  for (auto at = utc(2008, 1, 1); at < utc(2060, 1, 1); at += 5h) {
    ASSERT_EQ(rule->day_start(at), database.day_start(at)) << at.time_since_epoch().count();
    ASSERT_EQ(rule->next_day_start(at), database.next_day_start(at))
        << at.time_since_epoch().count();
  }
}

TEST(TimeZone, WithoutADatabaseTheFallbackRuleDecides) {
  const auto zone = TimeZone::load("America/Los_Angeles", kPacific, "/nonexistent");

  EXPECT_FALSE(zone.from_database());
  EXPECT_EQ(zone.day_start(utc(2026, 7, 15, 6h)), utc(2026, 7, 14, 7h));
}

TEST(TimeZone, MonthsStartAtLocalMidnightOfTheFirst) {
  EXPECT_EQ(pacific_zone().month_start(utc(2026, 12, 1, 5h)), utc(2026, 11, 1, 7h));
  EXPECT_EQ(pacific_zone().next_month_start(utc(2026, 12, 1, 5h)), utc(2026, 12, 1, 8h));
  EXPECT_EQ(utc_zone().next_month_start(utc(2026, 12, 31, 23h)), utc(2027, 1, 1));
  EXPECT_EQ(utc_zone().month_start(utc(2028, 2, 29, 1h)), utc(2028, 2, 1));
}

TEST(TimeZone, SouthernSummerSpansTheNewYear) {
  const auto sydney = TimeZone::from_rule("AEST-10AEDT,M10.1.0,M4.1.0/3");

  ASSERT_TRUE(sydney);
  EXPECT_EQ(sydney->offset_at(duration_cast<seconds>(utc(2026, 1, 1).time_since_epoch()).count()),
            11 * 3600);
  EXPECT_EQ(sydney->offset_at(duration_cast<seconds>(utc(2026, 7, 1).time_since_epoch()).count()),
            10 * 3600);
}

TEST(TimeZone, ADayThatStartsInAGapStartsAfterIt) {
  // Clocks go from 00:00 straight to 01:00, as they did in Brazil and Cuba.
  const auto zone = TimeZone::from_rule("CST5CDT,M3.2.0/0,M11.1.0/1");

  ASSERT_TRUE(zone);
  EXPECT_EQ(zone->day_start(utc(2026, 3, 8, 12h)), utc(2026, 3, 8, 5h));
}

TEST(TimeZone, AMidnightThatHappensTwiceStartsTheDayOnce) {
  // Clocks go from 01:00 back to 00:00.
  const auto zone = TimeZone::from_rule("CST5CDT,M3.2.0/0,M11.1.0/1");

  ASSERT_TRUE(zone);
  EXPECT_EQ(zone->day_start(utc(2026, 11, 1, 4h, 30min)), utc(2026, 11, 1, 4h));
  EXPECT_EQ(zone->day_start(utc(2026, 11, 1, 5h, 30min)), utc(2026, 11, 1, 4h));
}

TEST(PosixRule, ReadsQuotedNamesAndFractionsOfAnHour) {
  const auto nepal = PosixRule::parse("<+0545>-5:45");

  ASSERT_TRUE(nepal);
  EXPECT_EQ(nepal->offset_at(0), 5 * 3600 + 45 * 60);
}

TEST(PosixRule, RefusesNonsense) {
  for (const char* text : {"", "P8", "PST", "PST8PDT", "PST8PDT,M3.2.0", "PST8PDT,M13.2.0,M11.1.0",
                           "PST8PDT,M3.6.0,M11.1.0", "PST8PDT,M3.2.7,M11.1.0", "PST8PDT,J60,J300",
                           "PST8PDT,M3.2.0/x,M11.1.0", "<PST8", "PST8PDT,M3.2.0,M11.1.0junk"}) {
    EXPECT_FALSE(PosixRule::parse(text)) << text;
  }
}

std::string number(std::int64_t value, int bytes) {
  std::string out;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(value >> shift & 0xff);
  return out;
}

/// A version 2 file: an empty version 1 part, then `transitions` between two types, then a footer.
std::string tzif(const std::vector<std::pair<std::int64_t, int>>& transitions,
                 const std::string& footer) {
  const auto header = [](std::int64_t times, std::int64_t types, std::int64_t chars) {
    return "TZif2" + std::string(15, '\0') + number(0, 4) + number(0, 4) + number(0, 4) +
           number(times, 4) + number(types, 4) + number(chars, 4);
  };
  std::string out = header(0, 0, 0) + header(static_cast<std::int64_t>(transitions.size()), 2, 4);
  for (const auto& [at, type] : transitions) out += number(at, 8);
  for (const auto& [at, type] : transitions) out += static_cast<char>(type);
  out += number(3600, 4) + std::string(2, '\0') + number(7200, 4) + std::string(2, '\0');
  return out + std::string("ABC\0", 4) + "\n" + footer + "\n";
}

TEST(TimeZone, ReadsTransitionsThenTheFootersRule) {
  const auto zone = TimeZone::from_tzif(tzif({{1000, 1}, {2000, 0}}, "XXX-3"));

  ASSERT_TRUE(zone);
  EXPECT_EQ(zone->offset_at(999), 3600);
  EXPECT_EQ(zone->offset_at(1000), 7200);
  EXPECT_EQ(zone->offset_at(1999), 7200);
  EXPECT_EQ(zone->offset_at(2000), 3 * 3600);
}

TEST(TimeZone, SurvivesEveryTruncationOfAFile) {
  const auto whole = tzif({{1000, 1}, {2000, 0}}, "XXX-3");

  for (std::size_t size = 0; size < whole.size() - 8; ++size) {
    EXPECT_FALSE(TimeZone::from_tzif(whole.substr(0, size))) << size;
  }
}

TEST(TimeZone, RefusesATransitionToAnUnknownType) {
  EXPECT_FALSE(TimeZone::from_tzif(tzif({{1000, 7}}, "XXX-3")));
}

TEST(TimeZone, RefusesTransitionsOutOfOrder) {
  EXPECT_FALSE(TimeZone::from_tzif(tzif({{2000, 1}, {1000, 0}}, "XXX-3")));
}

}  // namespace
}  // namespace freellm::routing
