#pragma once
// Sticky sessions: a conversation goes on with the model that served it last.
//
// A session is X-Session-Id, or else the client together with the first user message, hashed with
// SHA-1 (a fingerprint, not a secret; 128 bits are kept). Of a long message only the length, the
// first 1 KiB and the last 512 bytes are hashed, so a 32 KB prompt costs no more than a short one;
// two conversations of one client that differ only in the middle of a long first message share a
// session, which is harmless. StickyMap is thread-safe, bounded, and forgets the least recently
// refreshed.

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "freellm/base/clock.hpp"
#include "freellm/routing/verdict.hpp"

namespace freellm::routing {

struct StickyKey {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const StickyKey&) const = default;
};

/// nullopt when there is nothing to tell sessions apart by.
[[nodiscard]] std::optional<StickyKey> sticky_key(std::string_view client_key,
                                                  std::string_view session_id,
                                                  std::string_view first_user_message);

class StickyMap {
 public:
  explicit StickyMap(std::size_t capacity = 8192) : capacity_(capacity) {}

  [[nodiscard]] std::optional<Candidate> find(const StickyKey& key, SteadyTime now) const;
  void remember(const StickyKey& key, const Candidate& candidate, SteadyTime until);
  [[nodiscard]] std::size_t size() const;

 private:
  struct Entry {
    StickyKey key;
    Candidate candidate;
    SteadyTime until{};
  };
  struct Hash {
    std::size_t operator()(const StickyKey& key) const noexcept {
      return static_cast<std::size_t>(key.low);
    }
  };

  mutable std::mutex mutex_;
  std::size_t capacity_;
  std::list<Entry> by_age_;  ///< front = refreshed longest ago
  std::unordered_map<StickyKey, std::list<Entry>::iterator, Hash> entries_;
};

}  // namespace freellm::routing
