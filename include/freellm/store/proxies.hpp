#pragma once
// Outbound proxies set in the dashboard: sealed, since they may hold a password. Functions over a
// connection; run the changing ones through Writer::change().

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "freellm/base/clock.hpp"
#include "freellm/base/ids.hpp"
#include "freellm/base/result.hpp"
#include "freellm/store/sqlite.hpp"
#include "freellm/store/vault.hpp"
#include "freellm/wire/proxy_url.hpp"

namespace freellm::store {

inline constexpr std::string_view kGlobalProxy = "proxy.global";
[[nodiscard]] std::string platform_proxy(std::string_view slug);
[[nodiscard]] std::string key_proxy(KeyId id);

using Proxies = std::map<std::string, std::shared_ptr<const wire::ProxyUrl>, std::less<>>;

/// By name. One that cannot be opened leads nowhere instead of being left out: requests that were
/// to go through a proxy must not go without.
[[nodiscard]] Result<Proxies> load_proxies(Db& db, const Vault& vault);

/// `url` is known to be well-formed.
[[nodiscard]] Status put_proxy(Db& db, const Vault& vault, std::string_view name,
                               std::string_view url, WallTime now);
/// Nothing happens when there is none.
[[nodiscard]] Status remove_proxy(Db& db, std::string_view name);

}  // namespace freellm::store
