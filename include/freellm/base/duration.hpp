#pragma once
// Durations as people write them: "250ms", "30s", "2m", "24h", "90d".

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace freellm {

/// A non-negative whole number and one unit (ms, s, m, h, d); "0" alone is allowed. nullopt for
/// anything else, including values beyond ten years.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The shortest exact spelling: 120000 ms -> "2m".
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);

}  // namespace freellm
