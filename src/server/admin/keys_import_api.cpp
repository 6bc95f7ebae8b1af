// /api/keys/import: pasted keys, previewed and stored.
#include <algorithm>
#include <map>
#include <set>

#include "freellm/catalog/key_import.hpp"
#include "freellm/store/custom_endpoints.hpp"
#include "freellm/store/keys.hpp"
#include "json.hpp"
#include "key_rows.hpp"
#include "resources.hpp"

namespace freellm::server::admin {
namespace {

using catalog::ImportedEndpoint;
using catalog::ImportedKey;
using catalog::KeyTextFormat;

struct ImportBody {
  Secret text;
  std::optional<KeyTextFormat> format;
  bool is_dry_run = true;
  std::optional<std::set<std::int64_t>> include;
  std::map<std::int64_t, std::string> platforms;
};

Status read_choices(BodyReader& body, ImportBody& into) {
  if (const Json* include = body.array("include", catalog::kMaxImportRows)) {
    into.include.emplace();
    for (const auto& index : *include) {
      if (!index.is_number_unsigned()) {
        body.fail("include", "must hold row indexes");
        break;
      }
      into.include->insert(index.get<std::int64_t>());
    }
  }
  const Json& platforms = body.any("platforms");
  if (platforms.is_null()) return {};
  if (!platforms.is_object()) body.fail("platforms", "must be an object");
  for (const auto& [index, slug] : platforms.items()) {
    const bool is_index = !index.empty() && index.size() < 6 &&
                          index.find_first_not_of("0123456789") == std::string::npos;
    if (!is_index || !slug.is_string()) {
      body.fail("platforms", "must map row indexes to platforms");
      break;
    }
    into.platforms[std::stoll(index)] = slug.get<std::string>();
  }
  return {};
}

Result<ImportBody> read_import(const Request& request) {
  auto body = BodyReader::parse(request.body);
  if (!body) return body.error();
  ImportBody into;
  body->require("text");
  if (auto text = body->text("text", 1, catalog::kMaxImportBytes))
    into.text = Secret::take(std::move(*text));
  if (const auto format = body->text("format", 0, 10); format && *format != "auto") {
    into.format = catalog::key_text_format(*format);
    if (!into.format) body->fail("format", "must be auto, env, json or csv");
  }
  into.is_dry_run = body->boolean("dry_run").value_or(true);
  if (const Status read = read_choices(*body, into); !read) return read.error();
  if (const Status read = body->finish(); !read) return read.error();
  return into;
}

/// A row of the preview, and what it would do.
struct Row {
  const ImportedKey* key = nullptr;
  const ImportedEndpoint* endpoint = nullptr;
  std::string platform;
  std::string status = "new";
  std::string message;
  std::int64_t key_id = 0;

  void refuse(std::string with_status, std::string why) {
    status = std::move(with_status);
    message = std::move(why);
  }
};

Json row_json(const Row& row, std::size_t index) {
  const auto& key = *row.key;
  return {{"index", index},
          {"line", key.line},
          {"name", key.name},
          {"platform", text_or_null(row.platform)},
          {"label", key.label},
          {"masked", key.secret.empty() ? "" : masked(key.secret.reveal())},
          {"status", row.status},
          {"message", text_or_null(row.message)},
          {"key_id", id_or_null(row.key_id)},
          {"endpoint", row.endpoint ? Json(row.endpoint->base_url) : Json()}};
}

/// Says of every row what importing it would mean.
class Judge {
 public:
  Judge(Admin& admin, const ImportBody& body, const catalog::KeyImport& found)
      : admin_(admin), body_(body), found_(found), index_(admin.daemon.routes()) {
    for (const auto& endpoint : found.endpoints) problems_.push_back(endpoint_problem(endpoint));
  }

  Result<std::vector<Row>> rows() {
    std::vector<Row> rows;
    for (const auto& key : found_.keys) {
      Row row{.key = &key, .platform = key.platform};
      if (key.endpoint) row.endpoint = &found_.endpoints[*key.endpoint];
      const auto chosen = body_.platforms.find(static_cast<std::int64_t>(rows.size()));
      if (chosen != body_.platforms.end() && key.platform.empty()) row.platform = chosen->second;
      if (const Status judged = judge(row); !judged) return judged.error();
      rows.push_back(std::move(row));
    }
    return rows;
  }

  /// The endpoint is stored already, at the same address.
  [[nodiscard]] bool is_known(const ImportedEndpoint& endpoint) const {
    const auto* platform = table().platform(endpoint.slug);
    return platform != nullptr && platform->custom &&
           platform->base_url.origin == wire::parse_base_url(endpoint.base_url)->origin;
  }

 private:
  [[nodiscard]] const catalog::RouteTable& table() const { return routing::table_of(*index_); }

  std::string endpoint_problem(const ImportedEndpoint& endpoint) {
    if (is_known(endpoint)) return {};
    if (table().platform(endpoint.slug) != nullptr)
      return "There is a platform of this name with another address already.";
    const auto url = wire::parse_base_url(endpoint.base_url);
    const bool is_wide =
        endpoint.allow_private || admin_.daemon.settings().values.allow_private_networks;
    const Status allowed = check_address(
        admin_, url->origin, is_wide ? wire::Reach::private_too : wire::Reach::public_only);
    return allowed ? std::string{} : allowed.error().message;
  }

  Status judge(Row& row) {
    const auto& key = *row.key;
    if (!key.problem.empty()) {
      row.refuse("invalid", key.problem);
    } else if (key.endpoint && !problems_[*key.endpoint].empty()) {
      row.refuse("invalid", problems_[*key.endpoint]);
    } else if (row.platform.empty() ||
               (row.endpoint == nullptr && table().platform(row.platform) == nullptr)) {
      row.refuse("unknown_platform", "Which platform is this key of?");
    } else if (key.secret.empty()) {
      if (is_known(*row.endpoint)) row.refuse("duplicate", "This endpoint is there already.");
    } else {
      return find_duplicate(row);
    }
    return {};
  }

  Status find_duplicate(Row& row) {
    const auto& vault = admin_.services.store.vault();
    const auto secret = row.key->secret.reveal();
    auto stored = store::find_key(admin_.db(), vault, row.platform, secret);
    if (!stored) return stored.error();
    if (*stored) {
      row.refuse("duplicate", "This key is stored already.");
      row.key_id = (*stored)->value;
    } else if (!seen_.insert(vault.fingerprint(secret, row.platform)).second) {
      row.refuse("duplicate_in_text", "The same key stands above.");
    }
    return {};
  }

  Admin& admin_;
  const ImportBody& body_;
  const catalog::KeyImport& found_;
  std::shared_ptr<const routing::RouteIndex> index_;
  std::vector<std::string> problems_;  ///< of the endpoints
  std::set<std::string> seen_;         ///< fingerprints
};

/// Stores what was chosen, in one transaction; a row that fails says why and the others go on.
class Importer {
 public:
  Importer(Admin& admin, const Judge& judge, const ImportBody& body, WallTime now)
      : admin_(admin), judge_(judge), body_(body), now_(now) {}

  Status run(std::vector<Row>& rows) {
    return admin_.change([this, &rows](store::Db& db) -> Status {
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const bool is_chosen =
            !body_.include || body_.include->contains(static_cast<std::int64_t>(i));
        if (rows[i].status != "new" || !is_chosen) continue;
        const Status added = add(db, rows[i]);
        if (added) {
          rows[i].status = "added";
        } else if (added.error().kind == ErrorKind::storage) {
          return added;
        } else {
          rows[i].refuse("invalid", added.error().message);
        }
      }
      return {};
    });
  }

  [[nodiscard]] const std::vector<KeyId>& keys() const { return keys_; }
  [[nodiscard]] bool added_endpoints() const { return !endpoints_.empty(); }

 private:
  Status add(store::Db& db, Row& row) {
    if (row.endpoint != nullptr) {
      if (const Status added = add_endpoint(db, *row.endpoint); !added) return added;
    }
    if (row.key->secret.empty()) return {};
    const auto platform = db.scalar("SELECT id FROM platform WHERE slug = ?", row.platform);
    if (!platform) return platform.error();
    auto id = store::add_key(db, admin_.services.store.vault(),
                             PlatformId{static_cast<std::int32_t>(platform->value_or(0))},
                             row.key->secret.reveal(), row.key->label, now_, "import");
    if (!id) return id.error();
    if (!row.key->enabled) {
      const Status off = store::edit_key(db, *id, {.label = std::nullopt, .enabled = false});
      if (!off) return off;
    }
    row.key_id = id->value;
    keys_.push_back(*id);
    return {};
  }

  Status add_endpoint(store::Db& db, const ImportedEndpoint& endpoint) {
    if (endpoints_.contains(endpoint.slug) || judge_.is_known(endpoint)) return {};
    auto id =
        store::add_endpoint(db, {.platform = {},
                                 .slug = endpoint.slug,
                                 .title = endpoint.title.empty() ? endpoint.slug : endpoint.title,
                                 .base_url = endpoint.base_url,
                                 .allow_private = endpoint.allow_private,
                                 .timeouts = {},
                                 .models = endpoint.models,
                                 .created_at = now_});
    if (!id) return id.error();
    endpoints_.insert(endpoint.slug);
    return {};
  }

  Admin& admin_;
  const Judge& judge_;
  const ImportBody& body_;
  WallTime now_;
  std::vector<KeyId> keys_;
  std::set<std::string> endpoints_;
};

/// Tells everybody about what was imported.
Status settle(Admin& admin, const Importer& importer) {
  if (importer.keys().empty() && !importer.added_endpoints()) return {};
  if (const Status applied = admin.routes_changed(); !applied) return applied;
  if (importer.added_endpoints()) publish_fallback(admin, "platforms");
  for (const auto id : importer.keys()) admin.check_key(id);
  publish_keys(admin, importer.keys(), "added");
  return {};
}

}  // namespace

Result<Reply> import_keys(Admin& admin, const Request& request) {
  const auto body = read_import(request);
  if (!body) return body.error();
  const auto index = admin.daemon.routes();
  std::vector<std::string> slugs;
  for (const auto& platform : routing::table_of(*index).platforms()) slugs.push_back(platform.slug);
  const auto found = catalog::parse_key_text(body->text.reveal(), body->format, slugs);
  if (!found) return found.error();
  Judge judge{admin, *body, *found};
  auto rows = judge.rows();
  if (!rows) return rows.error();
  Importer importer{admin, judge, *body, request.now.wall};
  if (!body->is_dry_run) {
    if (const Status stored = importer.run(*rows); !stored) return stored.error();
    if (const Status told = settle(admin, importer); !told) return told.error();
  }
  Json json = Json::array();
  for (std::size_t i = 0; i < rows->size(); ++i) json.push_back(row_json((*rows)[i], i));
  const auto added = std::count_if(rows->begin(), rows->end(),
                                   [](const Row& row) { return row.status == "added"; });
  return reply({{"format", catalog::name_of(found->format)},
                {"dry_run", body->is_dry_run},
                {"rows", std::move(json)},
                {"added", added}});
}

}  // namespace freellm::server::admin
