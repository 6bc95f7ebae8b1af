#pragma once
// Randomness as a parameter: tests seed it, the daemon takes it from the operating system.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "freellm/base/clock.hpp"

namespace freellm {

class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next_u64() = 0;
  /// Uniform in [0, 1).
  double uniform01() { return static_cast<double>(next_u64() >> 11) * 0x1.0p-53; }
  /// Uniform in [0, bound); bound > 0.
  std::uint64_t below(std::uint64_t bound) { return next_u64() % bound; }
  /// `count` characters of [a-zA-Z0-9].
  std::string alphanumeric(std::size_t count);
  /// 20 characters of [0-9A-Za-z]: the millisecond, then 71 random bits. Later ones sort behind
  /// earlier ones (as bytes), so that an index over them grows at its end instead of everywhere.
  std::string time_ordered_id(WallTime at);
};

/// splitmix64/xoshiro-class generator: fast, reproducible, not for secrets. Not thread-safe.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next_u64() override;

 private:
  std::uint64_t state_;
};

/// Cryptographic bytes from OpenSSL. Thread-safe. Aborts the process when the system has no
/// entropy, because every caller would otherwise write a guessable secret.
void fill_random(std::span<std::byte> out);

/// `bytes` random bytes as lower-case hex.
[[nodiscard]] std::string random_hex(std::size_t bytes);

/// A Random for ids and jitter, seeded from the operating system. Not thread-safe: one per thread.
[[nodiscard]] SeededRandom make_system_random();

}  // namespace freellm
