#pragma once
// Passwords as scrypt hashes. Slow on purpose (about 0.2 s and 32 MiB): never on an I/O thread.

#include <string>
#include <string_view>

#include "freellm/base/result.hpp"

namespace freellm::server::admin {

inline constexpr std::size_t kMinPassword = 8;
inline constexpr std::size_t kMaxPassword = 1024;

/// "scrypt$15$8$3$<salt>$<hash>", both in hex.
[[nodiscard]] Result<std::string> hash_password(std::string_view password);
/// False also for a hash this build cannot read.
[[nodiscard]] bool verify_password(std::string_view password, std::string_view hash);

}  // namespace freellm::server::admin
