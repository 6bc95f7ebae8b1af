#include "analytics_range.hpp"

#include "freellm/wire/url.hpp"

namespace freellm::server::admin {
namespace {

using std::chrono::hours;
using store::Span;

constexpr std::int64_t kMaxPoints = 3'000;
/// So that no arithmetic on times can overflow, whatever is asked for.
constexpr auto kLongestRange = hours{24 * 366 * 10};

Result<std::optional<WallTime>> query_time(const Request& request, const char* name) {
  const auto text = wire::query_value(request.query, name);
  if (!text) return std::optional<WallTime>{};
  const auto parsed = parse_iso_time(*text);
  if (!parsed)
    return refusal(400, "invalid_request",
                   std::string{name} + " must look like 2026-11-23T04:05:06.789Z.", name);
  return parsed;
}

}  // namespace

Result<Range> read_range_of(const Request& request) {
  constexpr std::pair<std::string_view, int> kRanges[] = {
      {"1h", 1}, {"24h", 24}, {"7d", 168}, {"30d", 720}, {"90d", 2160}};
  const auto from = query_time(request, "from");
  if (!from) return from.error();
  const auto to = query_time(request, "to");
  if (!to) return to.error();
  const WallTime until = to->value_or(request.now.wall);
  if (*from) {
    if (**from >= until) return refusal(400, "invalid_request", "from must lie before to.", "from");
    if (until - **from > kLongestRange)
      return refusal(400, "invalid_request", "A range may span ten years.", "from");
    return Range{**from, until};
  }
  const auto name = wire::query_value(request.query, "range").value_or("24h");
  for (const auto& [known, length] : kRanges) {
    if (known == name) return Range{until - hours{length}, until};
  }
  return refusal(400, "invalid_request", "range must be 1h, 24h, 7d, 30d or 90d.", "range");
}

Result<Span> read_bucket(const Request& request, const Range& range) {
  const auto length = range.length();
  Span span = length <= hours{6} ? Span::minute : length <= hours{24 * 8} ? Span::hour : Span::day;
  const auto is_gone = [&](Span wanted) {
    return range.from < store::kept_since(wanted, request.now.wall);
  };
  if (span == Span::minute && is_gone(span)) span = Span::hour;
  if (span == Span::hour && is_gone(span)) span = Span::day;
  if (const auto name = wire::query_value(request.query, "bucket")) {
    if (*name != "minute" && *name != "hour" && *name != "day") {
      return refusal(400, "invalid_request", "bucket must be minute, hour or day.", "bucket");
    }
    span = *name == "minute" ? Span::minute : *name == "hour" ? Span::hour : Span::day;
  }
  if (is_gone(span)) {
    const bool is_minute = span == Span::minute;
    return refusal(400, "invalid_request",
                   "This range begins before " +
                       iso_time(store::kept_since(span, request.now.wall)) + ", since when " +
                       (is_minute ? "minutes are kept; choose the bucket hour or day."
                                  : "hours are kept; choose the bucket day."),
                   "bucket");
  }
  if (length / width_of(span) > kMaxPoints) {
    return refusal(400, "invalid_request", "That bucket is too small for so long a range.",
                   "bucket");
  }
  return span;
}

Millis width_of(Span span) {
  return span == Span::minute ? Millis{60'000}
         : span == Span::hour ? Millis{3'600'000}
                              : Millis{86'400'000};
}

WallTime floor_to(WallTime time, Millis width) {
  const auto whole = std::chrono::floor<Millis>(time);
  const auto rest = whole.time_since_epoch() % width;
  return whole - rest - (rest < Millis{0} ? width : Millis{0});
}

}  // namespace freellm::server::admin
