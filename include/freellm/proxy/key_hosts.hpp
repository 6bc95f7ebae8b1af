#pragma once
// KeyHosts: which host of a platform takes a key, for platforms whose keys are valid at one of
// several hosts (Zhipu's two consoles).
//
// Kept in memory: after a restart the first request asks the wrong host once more. Thread-safe.

#include <cstddef>
#include <map>
#include <mutex>
#include <utility>

#include "freellm/base/ids.hpp"

namespace freellm::proxy {

class KeyHosts {
 public:
  /// 0 = the platform's own base URL, n = its n-th alternate one.
  [[nodiscard]] std::size_t of(PlatformId platform, KeyId key) const {
    const std::lock_guard lock{mutex_};
    const auto found = hosts_.find({platform, key});
    return found == hosts_.end() ? 0 : found->second;
  }
  void remember(PlatformId platform, KeyId key, std::size_t host) {
    const std::lock_guard lock{mutex_};
    hosts_.insert_or_assign(std::pair{platform, key}, host);
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<PlatformId, KeyId>, std::size_t> hosts_;  ///< one entry a key at most
};

}  // namespace freellm::proxy
