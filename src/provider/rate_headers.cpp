#include "freellm/provider/rate_headers.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

#include "freellm/provider/retry_after.hpp"

namespace freellm::provider {

namespace {

/// A count; some gateways write it with a fraction ("99.0"). Negative or absurd ones are not
/// stated.
std::optional<std::int64_t> read_count(const wire::HeaderList& headers, std::string_view name) {
  if (name.empty()) return std::nullopt;
  const auto text = headers.find(name);
  if (!text) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || !std::isfinite(value) || value < 0 || value > 1e15)
    return std::nullopt;
  return static_cast<std::int64_t>(value);
}

}  // namespace

std::vector<chat::LimitObservation> read_rate_headers(std::span<const RateHeaderRow> rows,
                                                      const wire::HeaderList& headers, Now now) {
  std::vector<chat::LimitObservation> seen;
  for (const auto& row : rows) {
    chat::LimitObservation observation{.metric = row.metric,
                                       .window = row.window,
                                       .scope = row.scope,
                                       .limit = read_count(headers, row.limit),
                                       .remaining = read_count(headers, row.remaining),
                                       .resets_in = std::nullopt};
    if (!observation.limit && !observation.remaining) continue;
    if (!row.reset.empty()) {
      if (const auto text = headers.find(row.reset))
        observation.resets_in = parse_reset_value(*text, now);
    }
    seen.push_back(observation);
  }
  return seen;
}

}  // namespace freellm::provider
