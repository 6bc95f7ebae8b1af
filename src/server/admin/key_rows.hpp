#pragma once
// What the endpoints about keys, platforms and custom endpoints share. On the admin thread.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "freellm/server/admin/admin.hpp"
#include "freellm/store/keys.hpp"
#include "freellm/wire/proxy_url.hpp"
#include "json.hpp"

namespace freellm::server::admin {

/// Every key of the store as the API shows it; those of `only` when it is not empty.
[[nodiscard]] Result<std::vector<Json>> key_rows(Admin& admin, std::span<const KeyId> only = {});
/// Publishes the event `key` for each. `change` is one of added, changed, deleted, restored.
void publish_keys(Admin& admin, std::span<const KeyId> ids, std::string_view change);

/// KeyCounts of the description.
[[nodiscard]] Json key_counts(const std::vector<store::StoredKey>& keys, PlatformId platform);

/// A member that sets or removes an outbound proxy. It holds a password: wiped when it dies.
struct ProxyEdit {
  bool is_given = false;
  Secret url;  ///< well-formed; empty = remove
};
/// Notes in `body` what is wrong with it.
[[nodiscard]] ProxyEdit read_proxy(BodyReader& body, const char* name);
/// Does what `edit` says. Runs on the writer's thread.
[[nodiscard]] Status apply_proxy(store::Db& db, const store::Vault& vault, const ProxyEdit& edit,
                                 std::string_view name, WallTime now);
[[nodiscard]] Json proxy_json(const std::shared_ptr<const wire::ProxyUrl>& proxy);

/// Whether a base URL may be used: 422 address_not_allowed. Waits for a name lookup, a few seconds
/// at most; a name that does not resolve now passes, because every connection is judged anyway.
[[nodiscard]] Status check_address(Admin& admin, const wire::Origin& origin, wire::Reach reach);

/// Asks for the password again: 403 invalid_password, 429 login_throttled. `param` names the
/// member it came in.
[[nodiscard]] Status check_password(Admin& admin, const Request& request, std::string_view given,
                                    const char* param);

}  // namespace freellm::server::admin
