#include "freellm/store/custom_endpoints.hpp"

#include <map>

#include "freellm/store/proxies.hpp"
#include "wall_time.hpp"

namespace freellm::store {
namespace {

using catalog::CustomModel;

Error refusal(int http_status, std::string code, std::string message) {
  return Error{.kind = ErrorKind::bad_request,
               .source = ErrorSource::downstream,
               .http_status = http_status,
               .message = std::move(message),
               .code = std::move(code)};
}

Error no_such_endpoint() { return refusal(404, "not_found", "There is no such endpoint."); }

Result<std::map<std::int32_t, std::vector<CustomModel>>> read_models(Db& db) {
  auto rows = db.prepare(
      "SELECT platform_id, upstream_id, display_name, logical_name, context_window, tools, vision, "
      "reasoning, json_schema FROM custom_model ORDER BY platform_id, place");
  if (!rows) return rows.error();
  std::map<std::int32_t, std::vector<CustomModel>> models;
  rows->bind();
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return models;
    models[static_cast<std::int32_t>(rows->integer(0))].push_back(
        {.upstream_id = std::string{rows->text(1)},
         .display_name = std::string{rows->text(2)},
         .logical_name = std::string{rows->text(3)},
         .context_window = rows->integer(4),
         .capabilities = {.tools = rows->integer(5) != 0,
                          .vision = rows->integer(6) != 0,
                          .reasoning = rows->integer(7) != 0,
                          .json_schema = rows->integer(8) != 0}});
  }
}

Status put_models(Db& db, PlatformId platform, const std::vector<CustomModel>& models) {
  if (auto status = db.run("DELETE FROM custom_model WHERE platform_id = ?", platform.value);
      !status)
    return status;
  std::int64_t place = 0;
  for (const auto& model : models) {
    const auto& can = model.capabilities;
    auto status = db.run(
        "INSERT INTO custom_model (platform_id, upstream_id, display_name, logical_name, "
        "context_window, tools, vision, reasoning, json_schema, place) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        platform.value, model.upstream_id, model.display_name, model.logical_name,
        model.context_window, can.tools, can.vision, can.reasoning, can.json_schema, place++);
    if (!status) return status;
  }
  return {};
}

/// The platform row an endpoint of that name gets: a new one, or that of an endpoint that was
/// removed.
Result<PlatformId> claim_platform(Db& db, std::string_view slug) {
  auto id = db.scalar("SELECT id FROM platform WHERE slug = ?", slug);
  if (!id) return id.error();
  if (!*id) {
    if (auto status = db.run("INSERT INTO platform (slug) VALUES (?)", slug); !status)
      return status.error();
    return PlatformId{static_cast<std::int32_t>(db.last_insert_id())};
  }
  auto was_endpoint = db.scalar("SELECT 1 FROM former_endpoint WHERE platform_id = ?", **id);
  if (!was_endpoint) return was_endpoint.error();
  if (!*was_endpoint) return refusal(409, "name_taken", "A platform has this name already.");
  if (auto status = db.run("DELETE FROM former_endpoint WHERE platform_id = ?", **id); !status)
    return status.error();
  return PlatformId{static_cast<std::int32_t>(**id)};
}

Result<std::optional<PlatformId>> find(Db& db, std::string_view slug) {
  auto id = db.scalar(
      "SELECT e.platform_id FROM custom_endpoint e JOIN platform p ON p.id = e.platform_id "
      "WHERE p.slug = ?",
      slug);
  if (!id) return id.error();
  if (!*id) return std::optional<PlatformId>{};
  return std::optional{PlatformId{static_cast<std::int32_t>(**id)}};
}

}  // namespace

Result<std::vector<StoredEndpoint>> list_endpoints(Db& db) {
  auto models = read_models(db);
  if (!models) return models.error();
  auto rows = db.prepare(
      "SELECT e.platform_id, p.slug, e.title, e.base_url, e.allow_private, e.connect_ms, "
      "e.first_byte_ms, e.stall_ms, e.created_at FROM custom_endpoint e "
      "JOIN platform p ON p.id = e.platform_id ORDER BY p.slug");
  if (!rows) return rows.error();
  std::vector<StoredEndpoint> endpoints;
  rows->bind();
  for (;;) {
    auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return endpoints;
    StoredEndpoint endpoint{.platform = PlatformId{static_cast<std::int32_t>(rows->integer(0))},
                            .slug = std::string{rows->text(1)},
                            .title = std::string{rows->text(2)},
                            .base_url = std::string{rows->text(3)},
                            .allow_private = rows->integer(4) != 0,
                            .timeouts = {.connect = Millis{rows->integer(5)},
                                         .first_byte = Millis{rows->integer(6)},
                                         .stall = Millis{rows->integer(7)}},
                            .models = {},
                            .created_at = from_ms(rows->integer(8))};
    if (const auto own = models->find(endpoint.platform.value); own != models->end())
      endpoint.models = std::move(own->second);
    endpoints.push_back(std::move(endpoint));
  }
}

Result<PlatformId> add_endpoint(Db& db, const StoredEndpoint& endpoint) {
  auto transaction = Transaction::begin(db);
  if (!transaction) return transaction.error();
  auto id = claim_platform(db, endpoint.slug);
  if (!id) return id;
  const auto& timeouts = endpoint.timeouts;
  auto status = db.run(
      "INSERT INTO custom_endpoint (platform_id, title, base_url, allow_private, connect_ms, "
      "first_byte_ms, stall_ms, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      id->value, endpoint.title, endpoint.base_url, endpoint.allow_private,
      static_cast<std::int64_t>(timeouts.connect.count()),
      static_cast<std::int64_t>(timeouts.first_byte.count()),
      static_cast<std::int64_t>(timeouts.stall.count()), to_ms(endpoint.created_at));
  if (status) status = put_models(db, *id, endpoint.models);
  if (status) status = transaction->commit();
  if (!status) return status.error();
  return id;
}

Status edit_endpoint(Db& db, std::string_view slug, const EndpointEdit& edit) {
  auto transaction = Transaction::begin(db);
  if (!transaction) return transaction.error();
  auto id = find(db, slug);
  if (!id) return id.error();
  if (!*id) return no_such_endpoint();
  const auto count = [&](auto member) {
    return edit.timeouts ? std::optional<std::int64_t>{((*edit.timeouts).*member).count()}
                         : std::nullopt;
  };
  auto status = db.run(
      "UPDATE custom_endpoint SET title = coalesce(?, title), base_url = coalesce(?, base_url), "
      "allow_private = coalesce(?, allow_private), connect_ms = coalesce(?, connect_ms), "
      "first_byte_ms = coalesce(?, first_byte_ms), stall_ms = coalesce(?, stall_ms) "
      "WHERE platform_id = ?",
      edit.title, edit.base_url, edit.allow_private, count(&catalog::Timeouts::connect),
      count(&catalog::Timeouts::first_byte), count(&catalog::Timeouts::stall), (*id)->value);
  if (status && edit.models) status = put_models(db, **id, *edit.models);
  if (!status) return status;
  return transaction->commit();
}

Status remove_endpoint(Db& db, std::string_view slug) {
  auto transaction = Transaction::begin(db);
  if (!transaction) return transaction.error();
  auto id = find(db, slug);
  if (!id) return id.error();
  if (!*id) return no_such_endpoint();
  // Names of secrets are ours: proxy.key.<id>.
  Status status = db.run(
      "DELETE FROM secret WHERE name IN (SELECT 'proxy.key.' || id FROM provider_key WHERE "
      "platform_id = ?)",
      (*id)->value);
  if (status) status = remove_proxy(db, platform_proxy(slug));
  for (const char* sql :
       {"DELETE FROM provider_key WHERE platform_id = ?",
        "DELETE FROM custom_model WHERE platform_id = ?",
        "DELETE FROM custom_endpoint WHERE platform_id = ?",
        "UPDATE model SET enabled = NULL, limits = NULL, position = NULL WHERE platform_id = ?",
        "UPDATE platform SET enabled = NULL WHERE id = ?",
        "INSERT INTO former_endpoint (platform_id) VALUES (?)"}) {
    if (status) status = db.run(sql, (*id)->value);
  }
  if (!status) return status;
  return transaction->commit();
}

}  // namespace freellm::store
