#include "freellm/base/duration.hpp"

#include <array>
#include <charconv>
#include <cstdint>

namespace freellm {
namespace {

struct Unit {
  std::string_view suffix;
  std::int64_t ms;
};
constexpr std::array kUnits{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000},
                            Unit{"s", 1'000}, Unit{"ms", 1}};
constexpr std::int64_t kMaxMs = 3650LL * 86'400'000;

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (ec != std::errc{} || number < 0) return std::nullopt;
  const std::string_view suffix{end, static_cast<std::size_t>(text.data() + text.size() - end)};
  if (suffix.empty() && number == 0) return std::chrono::milliseconds{0};
  for (const auto& unit : kUnits) {
    if (suffix != unit.suffix) continue;
    if (number > kMaxMs / unit.ms) return std::nullopt;
    return std::chrono::milliseconds{number * unit.ms};
  }
  return std::nullopt;
}

std::string format_duration(std::chrono::milliseconds duration) {
  if (duration.count() == 0) return "0";
  for (const auto& unit : kUnits) {
    if (duration.count() % unit.ms == 0) {
      return std::to_string(duration.count() / unit.ms) + std::string{unit.suffix};
    }
  }
  return std::to_string(duration.count()) + "ms";
}

}  // namespace freellm
