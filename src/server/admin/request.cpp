#include "freellm/server/admin/request.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>

namespace freellm::server::admin {
namespace {

namespace chrono = std::chrono;

/// Takes `digits` digits off the front; -1 when they are none.
int take_number(std::string_view& text, std::size_t digits) {
  int value = 0;
  if (text.size() < digits) return -1;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + digits, value);
  if (ec != std::errc{} || end != text.data() + digits) return -1;
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

Error refusal(int status, std::string code, std::string message, std::string param) {
  return Error{.kind = ErrorKind::bad_request,
               .source = ErrorSource::downstream,
               .http_status = status,
               .message = std::move(message),
               .param = std::move(param),
               .code = std::move(code)};
}

std::string iso_time(WallTime time) {
  const auto ms = chrono::floor<Millis>(time);
  const auto day = chrono::floor<chrono::days>(ms);
  const chrono::year_month_day date{day};
  const chrono::hh_mm_ss clock{ms - day};
  char text[48];
  const int length = std::snprintf(
      text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return {text, static_cast<std::size_t>(length)};
}

std::optional<WallTime> parse_iso_time(std::string_view text) {
  const int year = take_number(text, 4);
  if (year < 0 || !take(text, '-')) return std::nullopt;
  const int month = take_number(text, 2);
  if (month < 1 || !take(text, '-')) return std::nullopt;
  const int day = take_number(text, 2);
  const chrono::year_month_day date{chrono::year{year}, chrono::month{static_cast<unsigned>(month)},
                                    chrono::day{static_cast<unsigned>(day < 0 ? 0 : day)}};
  if (!date.ok() || !take(text, 'T')) return std::nullopt;
  const int hour = take_number(text, 2);
  if (hour < 0 || hour > 23 || !take(text, ':')) return std::nullopt;
  const int minute = take_number(text, 2);
  if (minute < 0 || minute > 59 || !take(text, ':')) return std::nullopt;
  const int second = take_number(text, 2);
  if (second < 0 || second > 59) return std::nullopt;
  int ms = 0;
  if (take(text, '.') && (ms = take_number(text, 3)) < 0) return std::nullopt;
  if (text != "Z") return std::nullopt;
  return WallTime{chrono::sys_days{date} + chrono::hours{hour} + chrono::minutes{minute} +
                  chrono::seconds{second} + Millis{ms}};
}

}  // namespace freellm::server::admin
