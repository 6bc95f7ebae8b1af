#include "freellm/routing/time_zone.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace freellm::routing {
namespace {

using std::chrono::seconds;

constexpr std::int64_t kDay = 86'400;
constexpr std::size_t kMaxZoneFile = 256 * 1024;

std::int64_t floor_day(std::int64_t local_seconds) {
  const std::int64_t rest = ((local_seconds % kDay) + kDay) % kDay;
  return local_seconds - rest;
}

std::int64_t utc_seconds(WallTime at) {
  return std::chrono::floor<seconds>(at).time_since_epoch().count();
}

WallTime wall_time(std::int64_t utc) { return WallTime{seconds{utc}}; }

std::chrono::year_month_day date_of(std::int64_t local_seconds) {
  return std::chrono::sys_days{std::chrono::days{floor_day(local_seconds) / kDay}};
}

std::int64_t seconds_of(std::chrono::sys_days day) {
  return std::chrono::duration_cast<seconds>(day.time_since_epoch()).count();
}

}  // namespace

std::int32_t TimeZone::offset_at(std::int64_t utc) const {
  if (transitions_.empty() || utc < transitions_.front().at) {
    return transitions_.empty() && rule_ ? rule_->offset_at(utc) : first_offset_;
  }
  if (rule_ && utc >= transitions_.back().at) return rule_->offset_at(utc);
  const auto after =
      std::upper_bound(transitions_.begin(), transitions_.end(), utc,
                       [](std::int64_t at, const Transition& t) { return at < t.at; });
  return std::prev(after)->offset;
}

std::int64_t TimeZone::to_utc(std::int64_t local) const {
  // Two rounds settle every case except a gap, where local time jumps over midnight: then the first
  // instant after the gap is the start of the day, which the smaller offset yields.
  const std::int64_t guess = local - offset_at(local);
  const std::int64_t better = local - offset_at(guess);
  if (better + offset_at(better) == local) {
    // Where midnight happens twice, the day starts at the first of them.
    const std::int64_t earlier = local - offset_at(better - kDay / 4);
    return earlier < better && earlier + offset_at(earlier) == local ? earlier : better;
  }
  return std::max(guess, better);
}

WallTime TimeZone::day_start(WallTime at) const {
  const std::int64_t utc = utc_seconds(at);
  return wall_time(to_utc(floor_day(utc + offset_at(utc))));
}

WallTime TimeZone::next_day_start(WallTime at) const {
  const std::int64_t utc = utc_seconds(at);
  return wall_time(to_utc(floor_day(utc + offset_at(utc)) + kDay));
}

WallTime TimeZone::month_start(WallTime at) const {
  const std::int64_t utc = utc_seconds(at);
  const auto date = date_of(utc + offset_at(utc));
  return wall_time(to_utc(seconds_of(date.year() / date.month() / 1)));
}

WallTime TimeZone::next_month_start(WallTime at) const {
  const std::int64_t utc = utc_seconds(at);
  const auto date = date_of(utc + offset_at(utc));
  const auto next = date.year() / date.month() + std::chrono::months{1};
  return wall_time(to_utc(seconds_of(next / 1)));
}

TimeZone TimeZone::load(std::string_view name, std::string_view fallback_rule,
                        std::string_view directory) {
  std::ifstream file{std::string{directory} + "/" + std::string{name}, std::ios::binary};
  std::string bytes(kMaxZoneFile, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, file.gcount())));
  if (auto zone = from_tzif(bytes)) return *std::move(zone);
  return from_rule(fallback_rule).value_or(TimeZone{});
}

std::optional<TimeZone> TimeZone::from_rule(std::string_view rule) {
  auto parsed = PosixRule::parse(rule);
  if (!parsed) return std::nullopt;
  TimeZone zone;
  zone.rule_ = *parsed;
  return zone;
}

const TimeZone& pacific_zone() {
  // The rule in force since 2007 (Energy Policy Act of 2005).
  static const TimeZone zone = TimeZone::load("America/Los_Angeles", "PST8PDT,M3.2.0,M11.1.0");
  return zone;
}

const TimeZone& utc_zone() {
  static const TimeZone zone = TimeZone::utc();
  return zone;
}

}  // namespace freellm::routing
