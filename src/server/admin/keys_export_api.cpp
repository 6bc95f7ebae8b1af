// /api/keys/export: every key in clear, for whoever knows the password.
#include <algorithm>

#include "freellm/base/log.hpp"
#include "freellm/catalog/key_export.hpp"
#include "freellm/server/admin/password.hpp"
#include "freellm/store/custom_endpoints.hpp"
#include "freellm/store/keys.hpp"
#include "json.hpp"
#include "key_rows.hpp"
#include "resources.hpp"

namespace freellm::server::admin {
namespace {

Result<catalog::KeyExport> gather(Admin& admin) {
  const auto& vault = admin.services.store.vault();
  auto keys = store::list_keys(admin.db(), vault);
  if (!keys) return keys.error();
  auto endpoints = store::list_endpoints(admin.db());
  if (!endpoints) return endpoints.error();
  std::stable_sort(keys->begin(), keys->end(),
                   [](const auto& a, const auto& b) { return a.platform_slug < b.platform_slug; });
  catalog::KeyExport all;
  for (const auto& stored : *keys) {
    auto secret = vault.open(stored.key, stored.platform_slug);
    if (!secret) {
      all.left_out.push_back("key " + std::to_string(stored.key.id.value) + " of " +
                             stored.platform_slug + " (" + stored.key.masked +
                             "), which cannot be decrypted");
      continue;
    }
    all.keys.push_back({.platform = stored.platform_slug,
                        .label = stored.key.label,
                        .enabled = stored.key.enabled,
                        .secret = std::move(*secret)});
  }
  for (auto& endpoint : *endpoints) {
    all.endpoints.push_back({.slug = std::move(endpoint.slug),
                             .title = std::move(endpoint.title),
                             .base_url = std::move(endpoint.base_url),
                             .models = std::move(endpoint.models),
                             .allow_private = endpoint.allow_private});
  }
  return all;
}

std::string written(const catalog::KeyExport& all, catalog::KeyTextFormat format) {
  switch (format) {
    case catalog::KeyTextFormat::json:
      return catalog::keys_as_json(all);
    case catalog::KeyTextFormat::csv:
      return catalog::keys_as_csv(all);
    case catalog::KeyTextFormat::env:
      break;
  }
  return catalog::keys_as_env(all);
}

}  // namespace

Result<Reply> export_keys(Admin& admin, const Request& request) {
  auto body = BodyReader::parse(request.body);
  if (!body) return body.error();
  body->require("password");
  const auto password = body->text("password", 0, kMaxPassword);
  const auto name = body->text("format", 0, 10).value_or("env");
  const auto format = catalog::key_text_format(name);
  if (!format) body->fail("format", "must be env, json or csv");
  if (const Status read = body->finish(); !read) return read.error();
  if (const Status known = check_password(admin, request, *password, "password"); !known)
    return known.error();
  const auto all = gather(admin);
  if (!all) return all.error();
  LOG_WARN("all provider keys were exported address={} count={}", request.caller.address,
           all->keys.size());
  Reply answer{.status = 200,
               .body = written(*all, *format),
               .content_type = "text/plain; charset=utf-8",
               .headers = {}};
  answer.headers.emplace_back("Content-Disposition",
                              "attachment; filename=\"freellmapi-keys." + name + "\"");
  return answer;
}

}  // namespace freellm::server::admin
