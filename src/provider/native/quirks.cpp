#include "provider/native/quirks.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace freellm::embedded {
extern const std::string_view native_quirks_json;  // config/native-quirks.json
}

namespace freellm::provider::native {
namespace {

std::vector<QuirkSet> read_built_in() {
  auto sets = parse_quirks(embedded::native_quirks_json);
  if (!sets) {
    // Compiled in and tested: getting here is our own fault, and no key could be used without it.
    std::fprintf(stderr, "%s\n", sets.error().message.c_str());
    std::abort();
  }
  return std::move(*sets);
}

}  // namespace

const QuirkSet& quirks(std::string_view name) {
  if (const auto* installed = find_quirks(name)) return *installed;
  static const std::vector<QuirkSet> kBuiltIn = read_built_in();
  const auto found = std::find_if(kBuiltIn.begin(), kBuiltIn.end(),
                                  [name](const QuirkSet& set) { return set.name == name; });
  if (found == kBuiltIn.end()) std::abort();
  return *found;
}

}  // namespace freellm::provider::native
