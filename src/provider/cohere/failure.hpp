#pragma once
// Explains Cohere's errors: {"message"} at the top level, sometimes with error_type. Pure and
// thread-safe.

#include <optional>
#include <string_view>

#include "freellm/base/clock.hpp"
#include "freellm/chat/upstream_failure.hpp"
#include "freellm/wire/headers.hpp"

namespace freellm::provider::cohere {

[[nodiscard]] chat::UpstreamFailure classify_failure(int status, const wire::HeaderList& headers,
                                                     std::string_view body,
                                                     std::string_view model_id,
                                                     std::optional<Now> now);

}  // namespace freellm::provider::cohere
