// Private to the provider layer: parsing with a choice of where `extends` looks beyond its own
// document.
#pragma once

#include <string_view>
#include <vector>

#include "freellm/base/function_ref.hpp"
#include "freellm/provider/quirks.hpp"

namespace freellm::provider {

using QuirkLookup = FunctionRef<const QuirkSet*(std::string_view name)>;

[[nodiscard]] Result<std::vector<QuirkSet>> parse_quirks(std::string_view json,
                                                         QuirkLookup installed);

}  // namespace freellm::provider
