#pragma once
// The rule for platform slugs and names of custom endpoints.

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace freellm::catalog {

inline constexpr std::size_t kMaxSlugBytes = 64;
inline constexpr const char* kSlugRule =
    "must be 1 to 64 of a-z, 0-9, '_' and '-', beginning with a letter or digit";

inline bool is_slug(std::string_view text) {
  const auto is_alnum = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= kMaxSlugBytes && is_alnum(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_alnum(c) || c == '_' || c == '-'; });
}

}  // namespace freellm::catalog
