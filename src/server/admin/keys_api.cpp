// /api/keys: provider keys. A stored secret never leaves in an answer.
#include <unordered_map>

#include "freellm/store/keys.hpp"
#include "json.hpp"
#include "resources.hpp"

namespace freellm::server::admin {
namespace {

constexpr std::size_t kMaxSecret = 4096;
constexpr std::size_t kMaxLabel = 80;
constexpr std::size_t kMaxKeysAtOnce = 200;
constexpr std::chrono::minutes kRestorable{1};

/// What the rollups of the last day say about a key.
struct Use {
  std::int64_t requests = 0;
  std::int64_t failures = 0;
  std::optional<WallTime> last;
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

struct KeyFacts {
  std::unordered_map<std::int64_t, Use> uses;
  std::unordered_map<KeyId, routing::CooldownRow> cooldowns;
};

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

/// Keys read from the environment at start carry its name as their label.
std::string_view source_of(const store::StoredKey& stored) {
  return stored.key.label.starts_with("from ") ? "environment" : "dashboard";
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
          {"source", source_of(stored)},
          {"proxy", nullptr},
          {"cooldown_until", is_benched ? Json(iso_time(cooldown->second.until)) : Json()},
          {"cooldown_reason", is_benched ? Json(chat::to_string(cooldown->second.cause)) : Json()},
          {"requests_24h", use == facts.uses.end() ? 0 : use->second.requests},
          {"failures_24h", use == facts.uses.end() ? 0 : use->second.failures}};
}

Error no_such_key() { return refusal(404, "not_found", "There is no such key."); }

/// nullopt when there is no such key.
std::optional<Json> one_key(Admin& admin, KeyId id) {
  const auto keys = store::list_keys(admin.db(), admin.services.store.vault());
  if (!keys) return std::nullopt;
  for (const auto& stored : *keys) {
    if (stored.key.id != id) continue;
    const auto facts = key_facts(admin, admin.services.clock.now());
    return key_json(admin, stored, facts ? *facts : KeyFacts{});
  }
  return std::nullopt;
}

Result<Reply> key_reply(Admin& admin, KeyId id, int status) {
  const auto json = one_key(admin, id);
  if (!json) return no_such_key();
  return reply(*json, status);
}

/// A stored key of that platform that holds exactly `secret`; null when there is none.
Json duplicate_of(Admin& admin, PlatformId platform, std::string_view secret) {
  const auto keys = store::list_keys(admin.db(), admin.services.store.vault());
  if (!keys) return nullptr;
  for (const auto& stored : *keys) {
    if (stored.key.platform != platform) continue;
    const auto plain = admin.services.store.vault().open(stored.key, stored.platform_slug);
    if (!plain || !constant_time_equal(plain->reveal(), secret)) continue;
    auto json = one_key(admin, stored.key.id);
    return json ? std::move(*json) : Json();
  }
  return nullptr;
}

struct NewKey {
  std::string platform, secret, label;
};

Result<std::vector<NewKey>> read_new_keys(const Request& request) {
  auto body = BodyReader::parse(request.body);
  if (!body) return body.error();
  body->require("keys");
  const Json* rows = body->array("keys", kMaxKeysAtOnce);
  if (rows != nullptr && rows->empty()) body->fail("keys", "must hold at least one key");
  if (const Status read = body->finish(); !read) return read.error();
  std::vector<NewKey> keys;
  for (const auto& row : *rows) {
    const std::string path = "keys[" + std::to_string(keys.size()) + "]";
    if (!row.is_object())
      return refusal(400, "invalid_request", path + " must be an object.", path);
    BodyReader entry{row, path};
    entry.require("platform");
    entry.require("secret");
    auto platform = entry.text("platform", 1, 48);
    auto secret = entry.text("secret", 1, kMaxSecret);
    auto label = entry.text("label", 0, kMaxLabel);
    if (!entry.any("proxy").is_null()) entry.fail("proxy", "is not supported by this build");
    if (const Status read = entry.finish(); !read) return read.error();
    keys.push_back({std::move(*platform), std::move(*secret), label.value_or("")});
  }
  return keys;
}

Json add_one(Admin& admin, const NewKey& fresh, std::size_t position, Now now) {
  Json result = {
      {"index", position}, {"status", "rejected"}, {"key", nullptr}, {"message", nullptr}};
  const auto index = admin.daemon.routes();
  const auto* platform = routing::table_of(*index).platform(fresh.platform);
  if (platform == nullptr) {
    result["message"] = "There is no platform \"" + fresh.platform + "\".";
    return result;
  }
  KeyId id;
  const Status stored = admin.change([&](store::Db& db) -> Status {
    auto added = store::add_key(db, admin.services.store.vault(), platform->id, fresh.secret,
                                fresh.label, now.wall);
    if (!added) return added.error();
    id = *added;
    return {};
  });
  if (stored) {
    result["status"] = "added";
    result["key"] = {{"id", id.value}};
    return result;
  }
  if (stored.error().code == "duplicate_key") {
    result["status"] = "duplicate";
    result["key"] = duplicate_of(admin, platform->id, fresh.secret);
  }
  result["message"] = stored.error().message;
  return result;
}

}  // namespace

void publish_key(Admin& admin, KeyId id, std::string_view change) {
  const auto json = one_key(admin, id);
  if (json) admin.events.publish("key", dump({{"change", change}, {"key", *json}}));
}

Result<Reply> list_keys(Admin& admin, const Request& request) {
  auto keys = store::list_keys(admin.db(), admin.services.store.vault());
  if (!keys) return keys.error();
  const auto facts = key_facts(admin, request.now);
  if (!facts) return facts.error();
  std::stable_sort(keys->begin(), keys->end(),
                   [](const auto& a, const auto& b) { return a.platform_slug < b.platform_slug; });
  Json rows = Json::array();
  for (const auto& stored : *keys) rows.push_back(key_json(admin, stored, *facts));
  return list_reply(std::move(rows));
}

Result<Reply> add_keys(Admin& admin, const Request& request) {
  const auto fresh = read_new_keys(request);
  if (!fresh) return fresh.error();
  Json results = Json::array();
  for (const auto& key : *fresh)
    results.push_back(add_one(admin, key, results.size(), request.now));
  const bool any_added = std::any_of(results.begin(), results.end(),
                                     [](const Json& r) { return r["status"] == "added"; });
  if (any_added) {
    if (const Status applied = admin.routes_changed(); !applied) return applied.error();
  }
  for (auto& result : results) {
    if (result["status"] != "added") continue;
    const KeyId id{result["key"]["id"].get<std::int64_t>()};
    admin.check_key(id);
    auto json = one_key(admin, id);
    result["key"] = json ? std::move(*json) : Json();
    publish_key(admin, id, "added");
  }
  return reply({{"results", std::move(results)}}, 201);
}

Result<Reply> patch_key(Admin& admin, const Request& request) {
  const auto id = path_id(request, "key");
  if (!id) return id.error();
  auto body = BodyReader::parse(request.body);
  if (!body) return body.error();
  const store::KeyEdit edit{.label = body->text("label", 0, kMaxLabel),
                            .enabled = body->boolean("enabled")};
  if (!body->any("proxy").is_null()) body->fail("proxy", "is not supported by this build");
  if (const Status read = body->finish(); !read) return read.error();
  const Status stored =
      admin.change([&](store::Db& db) { return store::edit_key(db, KeyId{*id}, edit); });
  if (!stored) return stored.error().code == "not_found" ? no_such_key() : stored.error();
  if (const Status applied = admin.routes_changed(); !applied) return applied.error();
  publish_key(admin, KeyId{*id}, "changed");
  return key_reply(admin, KeyId{*id}, 200);
}

Result<Reply> delete_key(Admin& admin, const Request& request) {
  const auto id = path_id(request, "key");
  if (!id) return id.error();
  const auto json = one_key(admin, KeyId{*id});
  if (!json) return no_such_key();
  store::RemovedKey removed;
  const Status stored = admin.change([&](store::Db& db) -> Status {
    auto taken = store::take_key(db, KeyId{*id});
    if (!taken) return taken.error();
    removed = std::move(*taken);
    return {};
  });
  if (!stored) return stored.error();
  if (const Status applied = admin.routes_changed(); !applied) return applied.error();
  const auto until = request.now.wall + kRestorable;
  std::erase_if(admin.removed_keys,
                [&](const auto& item) { return item.second <= request.now.wall; });
  admin.removed_keys.emplace_back(std::move(removed), until);
  admin.events.publish("key", dump({{"change", "deleted"}, {"key", *json}}));
  return reply({{"id", *id}, {"restorable_until", iso_time(until)}});
}

Result<Reply> restore_key(Admin& admin, const Request& request) {
  const auto id = path_id(request, "key");
  if (!id) return id.error();
  auto& removed = admin.removed_keys;
  std::erase_if(removed, [&](const auto& item) { return item.second <= request.now.wall; });
  const auto found = std::find_if(removed.begin(), removed.end(),
                                  [&](const auto& item) { return item.first.id.value == *id; });
  if (found == removed.end())
    return refusal(404, "not_found", "This key cannot be brought back any more.");
  const Status stored =
      admin.change([&](store::Db& db) { return store::put_key_back(db, found->first); });
  if (!stored) return stored.error();
  removed.erase(found);
  if (const Status applied = admin.routes_changed(); !applied) return applied.error();
  publish_key(admin, KeyId{*id}, "restored");
  return key_reply(admin, KeyId{*id}, 200);
}

Result<Reply> test_key(Admin& admin, const Request& request) {
  const auto id = path_id(request, "key");
  if (!id) return id.error();
  if (!one_key(admin, KeyId{*id})) return no_such_key();
  admin.check_key(KeyId{*id});
  publish_key(admin, KeyId{*id}, "changed");
  return key_reply(admin, KeyId{*id}, 202);
}

}  // namespace freellm::server::admin
