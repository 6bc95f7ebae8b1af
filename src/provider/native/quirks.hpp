#pragma once
// The rows of the platforms with adapters of their own: config/native-quirks.json, built in. A set
// of the same name installed at run time (install_quirks) goes before. Thread-safe.

#include <string_view>

#include "freellm/provider/quirks.hpp"

namespace freellm::provider::native {

/// `name` is "google", "cohere" or "cloudflare". Valid as long as the process lives.
[[nodiscard]] const QuirkSet& quirks(std::string_view name);

}  // namespace freellm::provider::native
