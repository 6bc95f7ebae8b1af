#pragma once
// Reads rate-limit headers with a table: which header holds which part of which limit. Pure and
// thread-safe.

#include <span>
#include <string>
#include <vector>

#include "freellm/base/clock.hpp"
#include "freellm/chat/upstream_failure.hpp"
#include "freellm/wire/headers.hpp"

namespace freellm::provider {

/// The headers that describe one limit. An empty name = the platform does not send that part.
struct RateHeaderRow {
  std::string limit;
  std::string remaining;
  std::string reset;
  chat::LimitMetric metric = chat::LimitMetric::requests;
  chat::LimitWindow window = chat::LimitWindow::minute;
  chat::Scope scope = chat::Scope::model_key;
  std::string why;
};

/// One observation per row of which the answer states the limit or what remains.
[[nodiscard]] std::vector<chat::LimitObservation> read_rate_headers(
    std::span<const RateHeaderRow> rows, const wire::HeaderList& headers, Now now);

}  // namespace freellm::provider
