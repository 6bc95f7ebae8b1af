#pragma once
// Remembers the thoughtSignature Gemini attached to a function call, because OpenAI clients drop it
// and Gemini 3 refuses a history call without it.
//
// Thread-safe: one mutex, short critical sections. Bounded by entries, bytes and time; the least
// recently used go first. Keys are digests, so arguments are not kept.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "freellm/base/clock.hpp"

namespace freellm::provider::google {

/// A function call as both sides of the cache know it.
struct CallIdentity {
  std::string_view model;  ///< a signature is good for the model that made it
  std::string_view id;     ///< may be empty: Gemini 2.x sends none
  std::string_view name;
  std::string_view arguments;  ///< as of canonical_json()
};

class SignatureCache {
 public:
  struct Limits {
    std::size_t entries = 5'000;
    std::size_t bytes = 16 * 1024 * 1024;      ///< of all signatures together
    std::size_t signature_bytes = 256 * 1024;  ///< a longer one is not kept
    std::chrono::minutes idle{30};             ///< since it was stored or found
  };

  SignatureCache() = default;
  explicit SignatureCache(Limits limits) : limits_(limits) {}

  void remember(const CallIdentity& call, std::string_view signature, SteadyTime now);
  /// By id, else by name and arguments (a client may rename ids, or the id was made up by us).
  [[nodiscard]] std::optional<std::string> find(const CallIdentity& call, SteadyTime now);

  [[nodiscard]] std::size_t size() const;

 private:
  using Digest = std::array<std::uint64_t, 2>;
  struct DigestHash {
    std::size_t operator()(const Digest& digest) const noexcept { return digest[0]; }
  };
  struct Entry {
    std::optional<Digest> by_id;
    Digest by_call;
    std::string signature;
    SteadyTime expires;
  };
  using Entries = std::list<Entry>;  ///< least recently used first

  [[nodiscard]] static std::optional<Digest> id_digest(const CallIdentity& call);
  [[nodiscard]] static Digest call_digest(const CallIdentity& call);
  void erase(Entries::iterator entry);
  void unlink(const Digest& key, Entries::iterator entry);
  void evict(SteadyTime now);

  Limits limits_;
  mutable std::mutex mutex_;
  Entries entries_;
  std::unordered_map<Digest, Entries::iterator, DigestHash> index_;
  std::size_t bytes_ = 0;
};

/// One spelling for equal JSON values: sorted members, no spaces. Text that is not JSON is returned
/// as it is.
[[nodiscard]] std::string canonical_json(std::string_view json);

}  // namespace freellm::provider::google
