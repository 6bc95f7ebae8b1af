#pragma once
// Strong ids. Each is the row id of its table, so it stays the same across restarts, reloads and
// catalog updates, and may key in-memory state.

#include <compare>
#include <cstdint>
#include <functional>

namespace freellm {

template <class Tag, class Int = std::int64_t>
struct StrongId {
  Int value = 0;
  auto operator<=>(const StrongId&) const = default;
};

using PlatformId = StrongId<struct PlatformTag, std::int32_t>;
using ModelId = StrongId<struct ModelTag, std::int32_t>;
/// 0 = anonymous: the platform is used without a key.
using KeyId = StrongId<struct KeyTag>;

inline constexpr KeyId kAnonymousKey{0};

}  // namespace freellm

template <class Tag, class Int>
struct std::hash<freellm::StrongId<Tag, Int>> {
  std::size_t operator()(const freellm::StrongId<Tag, Int>& id) const noexcept {
    return std::hash<Int>{}(id.value);
  }
};
