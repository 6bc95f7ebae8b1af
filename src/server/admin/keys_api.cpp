// /api/keys: provider keys. A stored secret never leaves in an answer.
#include <algorithm>
#include <array>

#include "freellm/store/keys.hpp"
#include "freellm/store/proxies.hpp"
#include "json.hpp"
#include "key_rows.hpp"
#include "resources.hpp"

namespace freellm::server::admin {
namespace {

constexpr std::size_t kMaxSecret = 4096;
constexpr std::size_t kMaxLabel = 80;
constexpr std::size_t kMaxKeysAtOnce = 200;
constexpr std::chrono::minutes kRestorable{1};

Error no_such_key() { return refusal(404, "not_found", "There is no such key."); }

/// nullopt when there is no such key.
std::optional<Json> one_key(Admin& admin, KeyId id) {
  const std::array only{id};
  auto rows = key_rows(admin, only);
  if (!rows || rows->empty()) return std::nullopt;
  return std::move(rows->front());
}

Result<Reply> key_reply(Admin& admin, KeyId id, int status) {
  const auto json = one_key(admin, id);
  if (!json) return no_such_key();
  return reply(*json, status);
}

/// The stored key of that platform that holds exactly `secret`; null when there is none.
Json duplicate_of(Admin& admin, std::string_view slug, std::string_view secret) {
  const auto id = store::find_key(admin.db(), admin.services.store.vault(), slug, secret);
  if (!id || !*id) return nullptr;
  auto json = one_key(admin, **id);
  return json ? std::move(*json) : Json();
}

struct NewKey {
  std::string platform, secret, label;
  ProxyEdit proxy;
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
    auto proxy = read_proxy(entry, "proxy");
    if (const Status read = entry.finish(); !read) return read.error();
    keys.push_back(
        {std::move(*platform), std::move(*secret), label.value_or(""), std::move(proxy)});
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
    return apply_proxy(db, admin.services.store.vault(), fresh.proxy, store::key_proxy(id),
                       now.wall);
  });
  if (stored) {
    result["status"] = "added";
    result["key"] = {{"id", id.value}};
    return result;
  }
  if (stored.error().code == "duplicate_key") {
    result["status"] = "duplicate";
    result["key"] = duplicate_of(admin, platform->slug, fresh.secret);
  }
  result["message"] = stored.error().message;
  return result;
}

}  // namespace

void publish_key(Admin& admin, KeyId id, std::string_view change) {
  const std::array only{id};
  publish_keys(admin, only, change);
}

Result<Reply> list_keys(Admin& admin, const Request&) {
  auto rows = key_rows(admin);
  if (!rows) return rows.error();
  return list_reply(Json(std::move(*rows)));
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
  const auto proxy = read_proxy(*body, "proxy");
  if (const Status read = body->finish(); !read) return read.error();
  const Status stored = admin.change([&](store::Db& db) -> Status {
    if (const Status edited = store::edit_key(db, KeyId{*id}, edit); !edited) return edited;
    return apply_proxy(db, admin.services.store.vault(), proxy, store::key_proxy(KeyId{*id}),
                       request.now.wall);
  });
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
