#include "provider/cohere/failure.hpp"

#include <algorithm>
#include <charconv>

#include "freellm/provider/failure.hpp"
#include "provider/native/quirks.hpp"

namespace freellm::provider::cohere {
namespace {

using chat::LimitObservation;
using chat::LimitWindow;

/// The number in "limited to 1000 API calls / month".
std::optional<LimitObservation> stated_limit(std::string_view message) {
  constexpr std::string_view kMark = "limited to ";
  const auto at = message.find(kMark);
  if (at == std::string_view::npos) return std::nullopt;
  const auto rest = message.substr(at + kMark.size());
  std::int64_t count = 0;
  const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), count);
  if (read.ec != std::errc{} || count <= 0) return std::nullopt;
  LimitObservation seen;
  seen.scope = chat::Scope::key;
  seen.limit = count;
  seen.remaining = 0;
  const auto unit = rest.substr(0, std::min(rest.find('.'), rest.size()));
  if (unit.find("month") != std::string_view::npos) {
    seen.window = LimitWindow::month;
  } else if (unit.find("minute") == std::string_view::npos) {
    return std::nullopt;
  }
  return seen;
}

}  // namespace

chat::UpstreamFailure classify_failure(int status, const wire::HeaderList& headers,
                                       std::string_view body, std::string_view model_id,
                                       std::optional<Now> now) {
  const auto facts = read_error(status, body);
  auto failure = classify_error(facts, headers, native::quirks("cohere").errors, model_id, now);
  if (facts.status == 429) {
    if (const auto seen = stated_limit(facts.message)) failure.limits.push_back(*seen);
  }
  return failure;
}

}  // namespace freellm::provider::cohere
