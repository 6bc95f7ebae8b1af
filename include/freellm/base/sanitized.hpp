#pragma once
// Whether this build runs under AddressSanitizer or ThreadSanitizer. These must see every block of
// memory come and go, so nothing keeps blocks for later there.

namespace freellm {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)  // clang says it in its own way
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace freellm
