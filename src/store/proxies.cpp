#include "freellm/store/proxies.hpp"

#include "freellm/store/settings.hpp"
#include "vault_row.hpp"

namespace freellm::store {
namespace {

/// Resolves nowhere (RFC 6761): a connection through it fails and says so.
std::shared_ptr<const wire::ProxyUrl> unusable() {
  auto proxy = std::make_shared<wire::ProxyUrl>();
  proxy->host = "cannot-be-decrypted.invalid";
  proxy->port = 1;
  return proxy;
}

}  // namespace

std::string platform_proxy(std::string_view slug) { return "proxy.platform." + std::string{slug}; }
std::string key_proxy(KeyId id) { return "proxy.key." + std::to_string(id.value); }

Result<Proxies> load_proxies(Db& db, const Vault& vault) {
  auto rows = db.prepare("SELECT name, sealed FROM secret WHERE name GLOB 'proxy.*'");
  if (!rows) return rows.error();
  Proxies proxies;
  rows->bind();
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return proxies;
    const std::string name{rows->text(0)};
    const auto url = vault.open(rows->blob(1), secret_binding(name));
    auto parsed = url ? wire::parse_proxy_url(url->reveal()) : Result<wire::ProxyUrl>{Error{}};
    proxies[name] =
        parsed ? std::make_shared<const wire::ProxyUrl>(*std::move(parsed)) : unusable();
  }
}

Status put_proxy(Db& db, const Vault& vault, std::string_view name, std::string_view url,
                 WallTime now) {
  return put_secret(db, vault, name, url, now);
}

Status remove_proxy(Db& db, std::string_view name) {
  return db.run("DELETE FROM secret WHERE name = ?", name);
}

}  // namespace freellm::store
