#include "freellm/routing/options.hpp"

#include <array>
#include <utility>

namespace freellm::routing {
namespace {

constexpr std::array<std::pair<Strategy, std::string_view>, 5> kNames = {{
    {Strategy::priority, "priority"},
    {Strategy::balanced, "balanced"},
    {Strategy::fastest, "fastest"},
    {Strategy::reliable, "reliable"},
    {Strategy::smartest, "smartest"},
}};

}  // namespace

std::string_view to_string(Strategy strategy) {
  return kNames[static_cast<std::size_t>(strategy)].second;
}

std::optional<Strategy> parse_strategy(std::string_view name) {
  for (const auto& [strategy, known] : kNames) {
    if (known == name) return strategy;
  }
  return std::nullopt;
}

}  // namespace freellm::routing
