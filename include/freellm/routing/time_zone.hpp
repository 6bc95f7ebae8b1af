#pragma once
// TimeZone: when a local day or month starts, daylight saving included.
//
// Reads the system's tz database (TZif, RFC 8536); a zone that cannot be read falls back to a POSIX
// rule string, so a container without tzdata still resets Google's quota at the right Pacific
// midnight. Immutable after construction, hence thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "freellm/base/clock.hpp"

namespace freellm::routing {

/// "PST8PDT,M3.2.0,M11.1.0" (POSIX.1 TZ, the M form of rules, with optional times), as in TZif
/// footers.
class PosixRule {
 public:
  [[nodiscard]] static std::optional<PosixRule> parse(std::string_view text);
  /// Seconds east of UTC in force at `utc_seconds`.
  [[nodiscard]] std::int32_t offset_at(std::int64_t utc_seconds) const;

 private:
  struct Change {
    int month = 0;  ///< 1..12
    int week = 0;   ///< 1..5, 5 = last
    int weekday = 0;
    std::int32_t time = 7200;  ///< local seconds after midnight; may be negative or beyond a day
  };
  [[nodiscard]] static std::optional<Change> parse_change(std::string_view text);
  [[nodiscard]] static std::int64_t local_seconds(const Change& change, int year);

  std::int32_t standard_ = 0;
  std::int32_t daylight_ = 0;
  bool has_daylight_ = false;
  Change starts_;
  Change ends_;
};

class TimeZone {
 public:
  [[nodiscard]] static TimeZone utc() { return TimeZone{}; }
  /// `directory` holds the tz database. Unreadable or malformed: the rule, and `from_database()` is
  /// false.
  [[nodiscard]] static TimeZone load(std::string_view name, std::string_view fallback_rule,
                                     std::string_view directory = "/usr/share/zoneinfo");
  /// From the bytes of a TZif file; nullopt when they are malformed.
  [[nodiscard]] static std::optional<TimeZone> from_tzif(std::string_view bytes);
  [[nodiscard]] static std::optional<TimeZone> from_rule(std::string_view rule);

  [[nodiscard]] bool from_database() const { return from_database_; }
  [[nodiscard]] std::int32_t offset_at(std::int64_t utc_seconds) const;

  /// The local midnight at or before `at`, and the next one after it.
  [[nodiscard]] WallTime day_start(WallTime at) const;
  [[nodiscard]] WallTime next_day_start(WallTime at) const;
  [[nodiscard]] WallTime month_start(WallTime at) const;
  [[nodiscard]] WallTime next_month_start(WallTime at) const;

 private:
  struct Transition {
    std::int64_t at = 0;
    std::int32_t offset = 0;
  };
  /// The instant at which local time reads `local_seconds` (midnight of some day).
  [[nodiscard]] std::int64_t to_utc(std::int64_t local_seconds) const;

  std::int32_t first_offset_ = 0;
  std::vector<Transition> transitions_;
  std::optional<PosixRule> rule_;  ///< after the last transition
  bool from_database_ = false;
};

/// The zone Google resets its day in; loaded once from the system.
[[nodiscard]] const TimeZone& pacific_zone();
[[nodiscard]] const TimeZone& utc_zone();

}  // namespace freellm::routing
