#include "freellm/provider/retry_after.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>

namespace freellm::provider {

namespace {

constexpr double kMillisPerSecond = 1000.0;
constexpr double kMillisPerMinute = 60'000.0;
constexpr double kMillisPerHour = 3'600'000.0;
constexpr double kMillisPerDay = 86'400'000.0;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::optional<Millis> clamped(double millis) {
  if (!std::isfinite(millis) || millis < 0) return std::nullopt;
  const auto longest = static_cast<double>(kLongestStatedDelay.count());
  return Millis{static_cast<std::int64_t>(std::ceil(std::min(millis, longest)))};
}

/// Reads a non-negative decimal number off the front of `text`.
std::optional<double> take_number(std::string_view& text) {
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

struct Unit {
  std::string_view name;
  double millis;
};

// Longest names first, so that "ms" is not read as "m".
constexpr std::array kUnits{
    Unit{"milliseconds", 1.0},
    Unit{"millisecond", 1.0},
    Unit{"seconds", kMillisPerSecond},
    Unit{"minutes", kMillisPerMinute},
    Unit{"second", kMillisPerSecond},
    Unit{"minute", kMillisPerMinute},
    Unit{"hours", kMillisPerHour},
    Unit{"hour", kMillisPerHour},
    Unit{"days", kMillisPerDay},
    Unit{"secs", kMillisPerSecond},
    Unit{"mins", kMillisPerMinute},
    Unit{"day", kMillisPerDay},
    Unit{"sec", kMillisPerSecond},
    Unit{"min", kMillisPerMinute},
    Unit{"\xc2\xb5s", 0.001},  // micro sign
    Unit{"\xce\xbcs", 0.001},  // Greek mu
    Unit{"us", 0.001},
    Unit{"ms", 1.0},
    Unit{"ns", 0.000001},
    Unit{"h", kMillisPerHour},
    Unit{"m", kMillisPerMinute},
    Unit{"s", kMillisPerSecond},
    Unit{"d", kMillisPerDay},
};

/// A unit must end as a word or be followed by the next number: "5s", "2m59s", but not "5 models".
const Unit* take_unit(std::string_view& text) {
  for (const auto& unit : kUnits) {
    if (!text.starts_with(unit.name)) continue;
    const auto rest = text.substr(unit.name.size());
    if (!rest.empty() && is_letter(rest.front())) continue;
    text = rest;
    return &unit;
  }
  return nullptr;
}

/// Number-unit pairs off the front: "9m38.016s", "1 hour 5 minutes". nullopt when the first is no
/// such pair.
std::optional<double> take_duration(std::string_view& text) {
  double total = 0;
  bool any = false;
  for (;;) {
    auto rest = text;
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
    const auto number = take_number(rest);
    if (!number) break;
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
    const Unit* unit = take_unit(rest);
    if (unit == nullptr) break;
    total += *number * unit->millis;
    any = true;
    text = rest;
  }
  if (!any) return std::nullopt;
  return total;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

/// After a word of waiting: up to two filler words ("again", "in", "for", "after"), then the
/// duration.
std::optional<double> duration_after(std::string_view text) {
  static constexpr std::array<std::string_view, 8> kFillers{
      "again", "after", "in", "for", "about", "at least", "another", "up to"};
  for (int words = 0; words < 4; ++words) {
    while (!text.empty() && (text.front() == ' ' || text.front() == ':')) text.remove_prefix(1);
    if (auto duration = take_duration(text)) return duration;
    const auto* filler = std::find_if(kFillers.begin(), kFillers.end(),
                                      [&](auto word) { return text.starts_with(word); });
    if (filler == kFillers.end()) return std::nullopt;
    text.remove_prefix(filler->size());
  }
  return std::nullopt;
}

}  // namespace

std::optional<Millis> parse_unit_duration(std::string_view text) {
  auto rest = trimmed(text);
  const auto total = take_duration(rest);
  if (!total || !rest.empty()) return std::nullopt;
  return clamped(*total);
}

std::optional<WallTime> parse_http_date(std::string_view text) {
  const std::string copy(trimmed(text));
  std::tm parts{};
  const char* end = strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return std::chrono::system_clock::from_time_t(timegm(&parts));
}

std::optional<Millis> parse_reset_value(std::string_view value, Now now) {
  // Magnitude tells an epoch from a delta: OpenRouter sends 13 digits, SambaNova 10.
  constexpr double kEpochSeconds = 1e9;
  constexpr double kEpochMillis = 1e12;
  const auto text = trimmed(value);
  auto rest = text;
  if (const auto number = take_number(rest); number && rest.empty()) {
    if (*number <= kEpochSeconds) return clamped(*number * kMillisPerSecond);
    const double epoch_ms = *number > kEpochMillis ? *number : *number * kMillisPerSecond;
    const auto now_ms = std::chrono::duration_cast<Millis>(now.wall.time_since_epoch()).count();
    return clamped(std::max(0.0, epoch_ms - static_cast<double>(now_ms)));
  }
  if (auto duration = parse_unit_duration(text)) return duration;
  if (const auto moment = parse_http_date(text)) {
    const auto left = std::chrono::duration_cast<Millis>(*moment - now.wall);
    return clamped(std::max(0.0, static_cast<double>(left.count())));
  }
  return std::nullopt;
}

std::optional<Millis> delay_in_prose(std::string_view text) {
  constexpr std::size_t kLongestText = 4096;
  const auto words = lower(text.substr(0, kLongestText));
  static constexpr std::array<std::string_view, 5> kAnchors{"try again", "retry", "wait",
                                                            "available", "resets"};
  for (const auto anchor : kAnchors) {
    for (auto at = words.find(anchor); at != std::string::npos; at = words.find(anchor, at + 1)) {
      if (auto millis = duration_after(std::string_view(words).substr(at + anchor.size()))) {
        return clamped(*millis);
      }
    }
  }
  return std::nullopt;
}

std::optional<Millis> stated_delay(const wire::HeaderList& headers, std::string_view message,
                                   Now now) {
  if (const auto value = headers.find("retry-after-ms")) {
    auto rest = trimmed(*value);
    // Azure's edge sends 0 beside a meaningful Retry-After (recorded 2026-08).
    if (const auto number = take_number(rest); number && rest.empty() && *number > 0) {
      return clamped(*number);
    }
  }
  if (const auto value = headers.find("retry-after")) {
    if (auto delay = parse_reset_value(*value, now)) return delay;
  }
  return delay_in_prose(message);
}

}  // namespace freellm::provider
