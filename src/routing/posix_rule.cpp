// PosixRule: the TZ environment variable's format, as it stands in TZif footers.
#include <chrono>

#include "freellm/routing/time_zone.hpp"

namespace freellm::routing {
namespace {

using std::chrono::sys_days;

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<int> take_number(std::string_view& text, int max) {
  int value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9' && digits < 4) {
    value = value * 10 + (text[digits++] - '0');
  }
  if (digits == 0 || value > max) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

/// "PST" or "<+03>".
bool take_name(std::string_view& text) {
  if (take(text, '<')) {
    const auto close = text.find('>');
    if (close == std::string_view::npos) return false;
    text.remove_prefix(close + 1);
    return true;
  }
  std::size_t letters = 0;
  const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  while (letters < text.size() && is_letter(text[letters])) ++letters;
  if (letters < 3) return false;
  text.remove_prefix(letters);
  return true;
}

/// "[+-]hh[:mm[:ss]]" in seconds; hours up to 167 (RFC 8536 widens the range for change times).
std::optional<std::int32_t> take_time(std::string_view& text) {
  const bool negative = take(text, '-');
  if (!negative) take(text, '+');
  const auto hours = take_number(text, 167);
  if (!hours) return std::nullopt;
  std::int32_t seconds = *hours * 3600;
  for (const int unit : {60, 1}) {
    if (!take(text, ':')) break;
    const auto part = take_number(text, 59);
    if (!part) return std::nullopt;
    seconds += *part * unit;
  }
  return negative ? -seconds : seconds;
}

}  // namespace

std::optional<PosixRule::Change> PosixRule::parse_change(std::string_view text) {
  // Jn and n forms exist on paper; no zone of today's database uses them.
  if (!take(text, 'M')) return std::nullopt;
  Change change;
  const auto month = take_number(text, 12);
  if (!month || *month < 1 || !take(text, '.')) return std::nullopt;
  const auto week = take_number(text, 5);
  if (!week || *week < 1 || !take(text, '.')) return std::nullopt;
  const auto weekday = take_number(text, 6);
  if (!weekday) return std::nullopt;
  change.month = *month;
  change.week = *week;
  change.weekday = *weekday;
  if (take(text, '/')) {
    const auto time = take_time(text);
    if (!time) return std::nullopt;
    change.time = *time;
  }
  return text.empty() ? std::optional{change} : std::nullopt;
}

std::optional<PosixRule> PosixRule::parse(std::string_view text) {
  PosixRule rule;
  if (!take_name(text)) return std::nullopt;
  const auto standard = take_time(text);
  if (!standard) return std::nullopt;
  rule.standard_ = -*standard;  // POSIX counts west of Greenwich
  if (text.empty()) return rule;

  if (!take_name(text)) return std::nullopt;
  rule.daylight_ = rule.standard_ + 3600;
  if (!text.empty() && text.front() != ',') {
    const auto daylight = take_time(text);
    if (!daylight) return std::nullopt;
    rule.daylight_ = -*daylight;
  }
  if (!take(text, ',')) return std::nullopt;
  const auto comma = text.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const auto starts = parse_change(text.substr(0, comma));
  const auto ends = parse_change(text.substr(comma + 1));
  if (!starts || !ends) return std::nullopt;
  rule.starts_ = *starts;
  rule.ends_ = *ends;
  rule.has_daylight_ = true;
  return rule;
}

std::int64_t PosixRule::local_seconds(const Change& change, int year) {
  const std::chrono::weekday weekday{static_cast<unsigned>(change.weekday)};
  const auto month = std::chrono::year{year} / static_cast<unsigned>(change.month);
  const sys_days day = change.week == 5
                           ? sys_days{month / weekday[std::chrono::last]}
                           : sys_days{month / weekday[static_cast<unsigned>(change.week)]};
  return std::chrono::duration_cast<std::chrono::seconds>(day.time_since_epoch()).count() +
         change.time;
}

std::int32_t PosixRule::offset_at(std::int64_t utc) const {
  if (!has_daylight_) return standard_;
  const auto day = std::chrono::floor<std::chrono::days>(
      std::chrono::sys_seconds{std::chrono::seconds{utc + standard_}});
  const int year = static_cast<int>(std::chrono::year_month_day{day}.year());
  const std::int64_t starts = local_seconds(starts_, year) - standard_;
  const std::int64_t ends = local_seconds(ends_, year) - daylight_;
  // South of the equator summer spans the new year.
  const bool summer = starts < ends ? utc >= starts && utc < ends : utc >= starts || utc < ends;
  return summer ? daylight_ : standard_;
}

}  // namespace freellm::routing
