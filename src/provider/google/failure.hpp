#pragma once
// Explains Gemini API errors: Google's envelope with its typed details (ErrorInfo, QuotaFailure,
// RetryInfo). Pure and thread-safe.

#include <optional>
#include <string_view>

#include "freellm/base/clock.hpp"
#include "freellm/chat/upstream_failure.hpp"
#include "freellm/wire/headers.hpp"

namespace freellm::provider::google {

/// `status` of the answer; for an error inside a 200 stream pass 200 and the event's data as
/// `body`.
[[nodiscard]] chat::UpstreamFailure classify_failure(int status, const wire::HeaderList& headers,
                                                     std::string_view body,
                                                     std::string_view model_id,
                                                     std::optional<Now> now);

}  // namespace freellm::provider::google
