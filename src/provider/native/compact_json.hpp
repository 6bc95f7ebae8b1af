#pragma once
// JSON without the spaces between its tokens. Pure and thread-safe.

#include <string>
#include <string_view>

namespace freellm::provider::native {

/// `json` is a well-formed value. Numbers and strings keep their spelling, members their order.
[[nodiscard]] std::string compact_json(std::string_view json);

}  // namespace freellm::provider::native
