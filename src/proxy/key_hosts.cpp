#include "freellm/proxy/key_hosts.hpp"

#include <algorithm>

namespace freellm::proxy {

std::string url_text(const wire::BaseUrl& url) { return url.origin.to_string() + url.prefix; }

std::vector<const wire::BaseUrl*> KeyHosts::of(const catalog::Platform& platform,
                                               const catalog::ProviderKey& key) const {
  std::vector<const wire::BaseUrl*> urls{&platform.base_url};
  if (platform.alternate_base_urls.empty()) return urls;
  for (const auto& url : platform.alternate_base_urls) urls.push_back(&url);
  std::string known = key.base_url;
  {
    const std::lock_guard lock{mutex_};
    if (const auto found = urls_.find(key.id); found != urls_.end()) known = found->second;
  }
  // A URL that the catalog no longer names is forgotten: a key only goes where the catalog says.
  std::stable_partition(urls.begin(), urls.end(),
                        [&](const auto* url) { return url_text(*url) == known; });
  return urls;
}

void KeyHosts::remember(KeyId key, const wire::BaseUrl& url) {
  const std::lock_guard lock{mutex_};
  urls_[key] = url_text(url);
}

}  // namespace freellm::proxy
