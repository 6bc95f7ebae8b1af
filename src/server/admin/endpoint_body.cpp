#include "endpoint_body.hpp"

#include <algorithm>
#include <set>

#include "freellm/catalog/key_import.hpp"
#include "json.hpp"

namespace freellm::server::admin {
namespace {

using catalog::CustomModel;
using store::StoredEndpoint;

constexpr std::size_t kMaxModels = 500;
constexpr std::size_t kMaxName = 48;
constexpr std::int64_t kMaxTimeoutMs = 3'600'000;

/// What is not said of a model that is among `known` stays as it is.
Result<CustomModel> read_model(const Json& json, const std::string& path,
                               const std::vector<CustomModel>& known) {
  if (!json.is_object()) return refusal(400, "invalid_request", path + " must be an object.", path);
  BodyReader body{json, path};
  body.require("upstream_id");
  const auto id = body.text("upstream_id", 1, 200).value_or("");
  const auto before = std::find_if(known.begin(), known.end(),
                                   [&](const auto& model) { return model.upstream_id == id; });
  CustomModel model = before != known.end() ? *before : CustomModel{};
  model.upstream_id = id;
  model.display_name = body.text("display_name", 0, 200).value_or(model.display_name);
  model.logical_name = body.text("logical_name", 0, 200).value_or(model.logical_name);
  if (body.has("context_window")) {
    const bool is_unknown = body.any("context_window").is_null();
    model.context_window =
        is_unknown ? 0 : body.integer("context_window", 0, 1'000'000'000).value_or(0);
  }
  auto& can = model.capabilities;
  can.tools = body.boolean("tools").value_or(can.tools);
  can.vision = body.boolean("vision").value_or(can.vision);
  can.reasoning = body.boolean("reasoning").value_or(can.reasoning);
  can.json_schema = body.boolean("json_schema").value_or(can.json_schema);
  for (const auto* text : {&model.upstream_id, &model.display_name, &model.logical_name}) {
    const bool is_clean = std::none_of(text->begin(), text->end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
    if (!is_clean) body.fail("upstream_id", "and the names must not hold control characters");
  }
  if (const Status read = body.finish(); !read) return read.error();
  return model;
}

/// nullopt when the member is absent.
Result<std::optional<std::vector<CustomModel>>> read_models(
    BodyReader& body, const std::vector<CustomModel>& known = {}) {
  const Json* rows = body.array("models", kMaxModels);
  if (rows == nullptr) return std::optional<std::vector<CustomModel>>{};
  std::vector<CustomModel> models;
  std::set<std::string> seen;
  for (const auto& row : *rows) {
    const std::string path = "models[" + std::to_string(models.size()) + "]";
    auto model = read_model(row, path, known);
    if (!model) return model.error();
    if (!seen.insert(model->upstream_id).second) {
      return refusal(400, "invalid_request", path + ".upstream_id stands there twice.",
                     path + ".upstream_id");
    }
    models.push_back(std::move(*model));
  }
  return std::optional{std::move(models)};
}

std::optional<wire::BaseUrl> read_base_url(BodyReader& body) {
  const auto text = body.text("base_url", 1, 2000);
  if (!text) return std::nullopt;
  auto url = wire::parse_base_url(*text);
  if (url) return std::move(*url);
  body.fail("base_url", "cannot be used: " + url.error().message);
  return std::nullopt;
}

std::optional<catalog::Timeouts> read_timeouts(BodyReader& body, catalog::Timeouts now) {
  if (!body.has("timeouts")) return std::nullopt;
  const Json& json = body.any("timeouts");
  if (!json.is_object()) {
    body.fail("timeouts", "must be an object");
    return std::nullopt;
  }
  BodyReader times{json, "timeouts"};
  const auto read = [&](const char* name, std::chrono::milliseconds& into) {
    if (const auto ms = times.integer(name, 1, kMaxTimeoutMs)) into = Millis{*ms};
  };
  read("connect_ms", now.connect);
  read("first_byte_ms", now.first_byte);
  read("stall_ms", now.stall);
  if (const Status done = times.finish(); !done)
    body.fail("timeouts", "is wrong: " + done.error().message);
  return now;
}

}  // namespace

std::string display(const wire::BaseUrl& url) {
  const bool is_https = url.origin.scheme == wire::Scheme::https;
  return (is_https ? "https://" : "http://") + url.origin.host_header() + url.prefix;
}

Result<NewEndpoint> read_new_endpoint(const Request& request) {
  auto body = BodyReader::parse(request.body);
  if (!body) return body.error();
  NewEndpoint fresh;
  body->require("name");
  body->require("base_url");
  auto& endpoint = fresh.endpoint;
  endpoint.title = body->text("name", 1, kMaxName).value_or("");
  endpoint.slug = catalog::slug_from(endpoint.title);
  if (body->has("name") && endpoint.slug.empty())
    body->fail("name", "must hold a letter or a digit");
  if (const auto url = read_base_url(*body)) {
    endpoint.base_url = display(*url);
    fresh.origin = url->origin;
  }
  if (auto secret = body->text("secret", 0, 4096)) fresh.secret = Secret::take(std::move(*secret));
  endpoint.allow_private = body->boolean("allow_private_network").value_or(false);
  fresh.proxy = read_proxy(*body, "proxy");
  auto models = read_models(*body);
  if (!models) return models.error();
  if (*models) endpoint.models = std::move(**models);
  if (const Status read = body->finish(); !read) return read.error();
  endpoint.created_at = request.now.wall;
  return fresh;
}

Result<EndpointPatch> read_endpoint_patch(const Request& request, const StoredEndpoint& stored) {
  auto body = BodyReader::parse(request.body);
  if (!body) return body.error();
  EndpointPatch patch;
  patch.edit.title = body->text("name", 1, kMaxName);
  patch.base_url = read_base_url(*body);
  if (patch.base_url) patch.edit.base_url = display(*patch.base_url);
  patch.enabled = body->boolean("enabled");
  patch.edit.allow_private = body->boolean("allow_private_network");
  patch.edit.timeouts = read_timeouts(*body, stored.timeouts);
  patch.proxy = read_proxy(*body, "proxy");
  auto models = read_models(*body, stored.models);
  if (!models) return models.error();
  patch.edit.models = std::move(*models);
  if (const Status read = body->finish(); !read) return read.error();
  return patch;
}

}  // namespace freellm::server::admin
