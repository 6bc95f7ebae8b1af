// Private to the provider layer: a second chance for documents with broken UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace freellm::provider {

/// Writes `bytes` with every invalid sequence replaced by U+FFFD into `out`. False when there was
/// none.
[[nodiscard]] bool repair_utf8(std::string_view bytes, std::string& out);

}  // namespace freellm::provider
