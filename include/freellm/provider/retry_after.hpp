#pragma once
// Reads how long a provider asks us to wait, in any of the forms providers use. Pure and
// thread-safe.
//
// Only stated times are read, never guessed; a number that is not next to words of waiting or a
// unit is not a time (model names hold digits). Everything is clamped to kLongestStatedDelay;
// negative values are ignored.

#include <chrono>
#include <optional>
#include <string_view>

#include "freellm/base/clock.hpp"
#include "freellm/wire/headers.hpp"

namespace freellm::provider {

inline constexpr Millis kLongestStatedDelay{std::chrono::hours{24}};

/// "2m59.56s", "130ms", "1h2m3s", "48s", "0.25s": a sum of number-unit pairs (h, m, s, ms, us, µs).
[[nodiscard]] std::optional<Millis> parse_unit_duration(std::string_view text);

/// An IMF-fixdate ("Sun, 06 Nov 1994 08:49:37 GMT").
[[nodiscard]] std::optional<WallTime> parse_http_date(std::string_view text);

/// A header value: a unit duration, seconds (integer or fraction), an epoch in seconds or
/// milliseconds (told by magnitude: above 1e9 and above 1e12) or an HTTP date. A moment in the past
/// is zero.
[[nodiscard]] std::optional<Millis> parse_reset_value(std::string_view value, Now now);

/// A delay stated in a sentence: "Please try again in 9m38.016s", "Please wait 5631 seconds",
/// "retry after 30 seconds".
[[nodiscard]] std::optional<Millis> delay_in_prose(std::string_view text);

/// What the answer states: retry-after-ms, else Retry-After, else the prose of `message`.
[[nodiscard]] std::optional<Millis> stated_delay(const wire::HeaderList& headers,
                                                 std::string_view message, Now now);

}  // namespace freellm::provider
