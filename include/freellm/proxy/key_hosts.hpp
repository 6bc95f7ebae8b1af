#pragma once
// KeyHosts: which of a platform's URLs takes a key. Zhipu has two consoles that do not know each
// other's keys; what was found out by a check or by a request is remembered.
//
// Thread-safe. Asked only for platforms with more than one URL, so it costs the others nothing. The
// store keeps the same text with the key (ProviderKey::base_url); this map holds what is newer than
// the route table.

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "freellm/catalog/types.hpp"

namespace freellm::proxy {

class KeyHosts {
 public:
  /// The platform's URLs, the one that takes the key first. Pointers into `platform`.
  [[nodiscard]] std::vector<const wire::BaseUrl*> of(const catalog::Platform& platform,
                                                     const catalog::ProviderKey& key) const;
  void remember(KeyId key, const wire::BaseUrl& url);

 private:
  mutable std::mutex mutex_;
  std::map<KeyId, std::string> urls_;
};

/// As it is stored with a key: "https://api.z.ai/api/paas/v4".
[[nodiscard]] std::string url_text(const wire::BaseUrl& url);

}  // namespace freellm::proxy
