#include "key_rows.hpp"

#include <algorithm>
#include <future>
#include <unordered_map>

#include "freellm/net/address_guard.hpp"
#include "freellm/store/proxies.hpp"

namespace freellm::server::admin {
namespace {

constexpr std::chrono::seconds kLookupPatience{4};

/// What the rollups of the last day say about a key.
struct Use {
  std::int64_t requests = 0;
  std::int64_t failures = 0;
  std::optional<WallTime> last;
};

struct KeyFacts {
  std::unordered_map<std::int64_t, Use> uses;
  std::unordered_map<KeyId, routing::CooldownRow> cooldowns;
};

std::int64_t to_ms(WallTime time) {
  return std::chrono::duration_cast<Millis>(time.time_since_epoch()).count();
}

Result<std::unordered_map<std::int64_t, Use>> uses(Admin& admin, WallTime now) {
  auto rows = admin.db().prepare(
      "SELECT key_id, sum(requests), sum(failed_attempts), max(start) FROM rollup "
      "WHERE span = 0 AND start >= ? GROUP BY key_id");
  if (!rows) return rows.error();
  rows->bind(to_ms(now - std::chrono::hours{24}));
  std::unordered_map<std::int64_t, Use> found;
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return found;
    found[rows->integer(0)] = {rows->integer(1), rows->integer(2),
                               WallTime{Millis{rows->integer(3)}}};
  }
}

Result<KeyFacts> key_facts(Admin& admin, Now now) {
  auto used = uses(admin, now.wall);
  if (!used) return used.error();
  KeyFacts facts{std::move(*used), {}};
  const auto index = admin.daemon.routes();
  for (auto& row : admin.services.router.snapshot(*index, now).cooldowns) {
    if (row.of.scope == chat::Scope::key)
      facts.cooldowns.emplace(row.of.candidate.key, std::move(row));
  }
  return facts;
}

Json key_json(const Admin& admin, const store::StoredKey& stored, const KeyFacts& facts) {
  const auto& key = stored.key;
  const auto use = facts.uses.find(key.id.value);
  const auto cooldown = facts.cooldowns.find(key.id);
  const bool is_benched = cooldown != facts.cooldowns.end() && !cooldown->second.half_open;
  return {{"id", key.id.value},
          {"platform", stored.platform_slug},
          {"label", key.label},
          {"masked", key.masked},
          {"enabled", key.enabled},
          {"state", name_of(key.state)},
          {"state_reason", text_or_null(stored.state_reason)},
          {"checking", admin.is_checking(key.id)},
          {"last_checked_at", time_or_null(stored.checked_at)},
          {"last_used_at", time_or_null(use == facts.uses.end() ? std::nullopt : use->second.last)},
          {"created_at", iso_time(stored.created_at)},
          {"source", stored.source},
          {"proxy", proxy_json(key.proxy)},
          {"cooldown_until", is_benched ? Json(iso_time(cooldown->second.until)) : Json()},
          {"cooldown_reason", is_benched ? Json(chat::to_string(cooldown->second.cause)) : Json()},
          {"requests_24h", use == facts.uses.end() ? 0 : use->second.requests},
          {"failures_24h", use == facts.uses.end() ? 0 : use->second.failures}};
}

}  // namespace

Result<std::vector<Json>> key_rows(Admin& admin, std::span<const KeyId> only) {
  auto keys = store::list_keys(admin.db(), admin.services.store.vault());
  if (!keys) return keys.error();
  const auto facts = key_facts(admin, admin.services.clock.now());
  if (!facts) return facts.error();
  std::stable_sort(keys->begin(), keys->end(),
                   [](const auto& a, const auto& b) { return a.platform_slug < b.platform_slug; });
  std::vector<Json> rows;
  for (const auto& stored : *keys) {
    if (!only.empty() && std::find(only.begin(), only.end(), stored.key.id) == only.end()) continue;
    rows.push_back(key_json(admin, stored, *facts));
  }
  return rows;
}

void publish_keys(Admin& admin, std::span<const KeyId> ids, std::string_view change) {
  if (ids.empty()) return;
  const auto rows = key_rows(admin, ids);
  if (!rows) return;
  for (const auto& row : *rows)
    admin.events.publish("key", dump({{"change", change}, {"key", row}}));
}

Json key_counts(const std::vector<store::StoredKey>& keys, PlatformId platform) {
  Json counts = {{"total", 0},        {"enabled", 0}, {"valid", 0},        {"invalid", 0},
                 {"unverifiable", 0}, {"unknown", 0}, {"undecryptable", 0}};
  for (const auto& stored : keys) {
    if (stored.key.platform != platform) continue;
    const auto add = [&](std::string_view name) {
      counts[std::string{name}] = counts[std::string{name}].get<int>() + 1;
    };
    add("total");
    add(name_of(stored.key.state));
    if (stored.key.enabled) add("enabled");
  }
  return counts;
}

ProxyEdit read_proxy(BodyReader& body, const char* name) {
  ProxyEdit edit;
  if (!body.has(name)) return edit;
  edit.is_given = true;
  if (body.any(name).is_null()) return edit;
  auto text = body.text(name, 0, 2048);
  if (!text || text->empty()) return edit;
  if (const auto parsed = wire::parse_proxy_url(*text); !parsed)
    body.fail(name, "cannot be used: " + parsed.error().message);
  edit.url = Secret::take(std::move(*text));
  return edit;
}

Status apply_proxy(store::Db& db, const store::Vault& vault, const ProxyEdit& edit,
                   std::string_view name, WallTime now) {
  if (!edit.is_given) return {};
  if (edit.url.empty()) return store::remove_proxy(db, name);
  return store::put_proxy(db, vault, name, edit.url.reveal(), now);
}

Json proxy_json(const std::shared_ptr<const wire::ProxyUrl>& proxy) {
  return proxy ? Json(proxy->masked()) : Json();
}

Status check_address(Admin& admin, const wire::Origin& origin, wire::Reach reach) {
  const auto as_refusal = [](const Error& error) {
    return refusal(422, "address_not_allowed", error.message + ".", "base_url");
  };
  if (const Status plain = net::check_unresolved(origin.host, reach); !plain)
    return as_refusal(plain.error());
  auto& connector = admin.daemon.probe_worker().connector();
  auto promise = std::make_shared<std::promise<Result<net::Addresses>>>();
  auto looked_up = promise->get_future();
  connector.resolver.resolve(origin.host, connector.io, [promise](Result<net::Addresses> found) {
    promise->set_value(std::move(found));
  });
  if (looked_up.wait_for(kLookupPatience) != std::future_status::ready) return {};
  auto addresses = looked_up.get();
  if (!addresses) return {};
  const auto allowed = net::allowed_addresses(origin.host, std::move(*addresses), reach);
  if (!allowed) return as_refusal(allowed.error());
  return {};
}

}  // namespace freellm::server::admin
