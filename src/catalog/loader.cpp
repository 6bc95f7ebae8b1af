#include "freellm/catalog/loader.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>

#include "json_node.hpp"
#include "limits.hpp"
#include "slug.hpp"

namespace freellm::catalog {
namespace {

constexpr std::size_t kMaxDocument = 4U << 20;
constexpr std::size_t kMaxPlatforms = 200;
constexpr std::size_t kMaxModels = 10'000;
constexpr std::size_t kMaxLimits = 32;
constexpr std::int64_t kMaxTokens = 1'000'000'000;
constexpr std::int64_t kMaxTimeoutMs = 3'600'000;

constexpr std::array<Choice<WireFormat>, 4> kWires{{{"openai", WireFormat::openai},
                                                    {"google", WireFormat::google},
                                                    {"cohere", WireFormat::cohere},
                                                    {"cloudflare", WireFormat::cloudflare}}};

constexpr std::array<Choice<FreeTier>, 3> kFreeTiers{
    {{"live", FreeTier::live}, {"at_risk", FreeTier::at_risk}, {"retired", FreeTier::retired}}};

struct Reading {
  Catalog catalog;
  std::unordered_map<std::string, PlatformId> by_slug;
  std::map<std::pair<std::int32_t, std::string>, std::size_t> model_places;
  /// Taken over from the built-in catalog and not yet replaced by an entry of this file.
  std::set<std::string> inherited_platforms;
  std::set<std::size_t> inherited_models;
};

wire::BaseUrl read_url(const JsonNode& node) {
  const std::string text = node.as_text();
  if (text.empty()) return {};
  auto url = wire::parse_base_url(text);
  if (!url) {
    node.problem(url.error().message);
    return {};
  }
  return *std::move(url);
}

Timeouts read_timeouts(const JsonNode& node) {
  Timeouts timeouts;
  if (!node.is_object()) {
    node.problem("must be an object");
    return timeouts;
  }
  node.allow_only({"connect_ms", "first_byte_ms", "stall_ms"});
  const auto read = [&](std::string_view member, std::chrono::milliseconds otherwise) {
    return std::chrono::milliseconds{node.integer(member, 1, kMaxTimeoutMs, otherwise.count())};
  };
  timeouts.connect = read("connect_ms", timeouts.connect);
  timeouts.first_byte = read("first_byte_ms", timeouts.first_byte);
  timeouts.stall = read("stall_ms", timeouts.stall);
  return timeouts;
}

Provenance read_provenance(const JsonNode& node, const std::vector<Limit>& limits) {
  Provenance provenance{node.text("limits_source", Presence::optional),
                        node.text("limits_date", Presence::optional, 10)};
  if (!limits.empty() && provenance.source.empty())
    node.problem("limits_source", "limits need a source");
  if (!limits.empty() && provenance.date.empty()) node.problem("limits_date", "limits need a date");
  return provenance;
}

void place_platform(const JsonNode& node, Reading& reading, Platform platform) {
  auto& platforms = reading.catalog.platforms;
  const PlatformId next{static_cast<std::int32_t>(platforms.size()) + 1};
  const auto [known, is_new] = reading.by_slug.emplace(platform.slug, next);
  platform.id = known->second;
  if (is_new) {
    platforms.push_back(std::move(platform));
  } else if (reading.inherited_platforms.erase(platform.slug) > 0) {
    platforms[static_cast<std::size_t>(platform.id.value) - 1] = std::move(platform);
  } else {
    node.problem("slug", "another platform has it already");
  }
}

void read_platform(const JsonNode& node, Reading& reading) {
  node.allow_only({"slug", "name", "wire", "base_url", "alternate_base_urls", "signup_url",
                   "key_format", "keyless", "enabled", "data_use", "notes", "timeouts", "limits",
                   "limits_source", "limits_date", "quirks", "free_tier"});
  Platform platform;
  platform.slug = node.text("slug", Presence::required, kMaxSlugBytes);
  platform.quirks =
      node.has("quirks") ? node.text("quirks", Presence::required, kMaxSlugBytes) : platform.slug;
  platform.name = node.text("name", Presence::required, 100);
  platform.wire = node.choice("wire", kWires);
  if (node.has("base_url")) {
    platform.base_url = read_url(node.child("base_url"));
  } else {
    node.problem("base_url", "is missing");
  }
  for (const auto& url : node.list("alternate_base_urls", 8)) {
    platform.alternate_base_urls.push_back(read_url(url));
  }
  platform.signup_url = node.text("signup_url", Presence::optional);
  platform.key_format = node.text("key_format", Presence::optional, 100);
  platform.data_use_note = node.text("data_use", Presence::optional);
  platform.notes = node.text("notes", Presence::optional);
  platform.keyless = node.flag("keyless", false);
  platform.enabled = node.flag("enabled", true);
  platform.free_tier = node.choice("free_tier", kFreeTiers, Presence::optional);
  if (node.has("timeouts")) platform.timeouts = read_timeouts(node.child("timeouts"));
  platform.limits = read_limits(node.list("limits", kMaxLimits), LimitPlace::platform);
  platform.provenance = read_provenance(node, platform.limits);

  if (!platform.slug.empty() && !is_slug(platform.slug)) node.problem("slug", kSlugRule);
  place_platform(node, reading, std::move(platform));
}

Capabilities read_capabilities(const JsonNode& node) {
  Capabilities capabilities;
  for (const auto& entry : node.list("capabilities", 16)) {
    const std::string name = entry.as_text();
    if (name == "tools") {
      capabilities.tools = true;
    } else if (name == "vision") {
      capabilities.vision = true;
    } else if (name == "reasoning") {
      capabilities.reasoning = true;
    } else if (name == "json_schema") {
      capabilities.json_schema = true;
    } else {
      entry.problem("must be one of \"tools\" \"vision\" \"reasoning\" \"json_schema\"");
    }
  }
  return capabilities;
}

void place_model(const JsonNode& node, Reading& reading, Model model, const std::string& platform) {
  const auto found = reading.by_slug.find(platform);
  if (found == reading.by_slug.end()) {
    if (!platform.empty())
      node.problem("platform", "no platform has the slug \"" + platform + "\"");
    return;
  }
  model.platform = found->second;
  auto& models = reading.catalog.models;
  const auto [known, is_new] = reading.model_places.emplace(
      std::pair{model.platform.value, model.upstream_id}, models.size());
  if (is_new) {
    models.push_back(std::move(model));
  } else if (reading.inherited_models.erase(known->second) > 0) {
    models[known->second] = std::move(model);
  } else {
    node.problem("id", "the platform has this model already");
  }
}

void read_model(const JsonNode& node, Reading& reading) {
  node.allow_only({"platform", "id", "name", "display_name", "intelligence_rank", "speed_rank",
                   "context_window", "max_output_tokens", "capabilities", "enabled",
                   "disabled_reason", "limits", "limits_source", "limits_date"});
  const std::string platform = node.text("platform", Presence::required, kMaxSlugBytes);
  Model model;
  model.upstream_id = node.text("id", Presence::required, 256);
  model.logical_name = node.text("name", Presence::required, 128);
  model.display_name = node.text("display_name", Presence::required, 128);
  model.intelligence_rank =
      static_cast<std::int32_t>(node.integer("intelligence_rank", 0, 100'000, 0));
  model.speed_rank = static_cast<std::int32_t>(node.integer("speed_rank", 0, 100'000, 0));
  model.context_window = node.integer("context_window", 0, kMaxTokens, 0);
  model.max_output_tokens = node.integer("max_output_tokens", 0, kMaxTokens, 0);
  model.capabilities = read_capabilities(node);
  model.enabled = node.flag("enabled", true);
  model.disabled_reason = node.text("disabled_reason", Presence::optional, 500);
  if (!model.enabled && model.disabled_reason.empty())
    node.problem("disabled_reason", "say why it is disabled");
  model.limits = read_limits(node.list("limits", kMaxLimits), LimitPlace::model);
  model.provenance = read_provenance(node, model.limits);
  place_model(node, reading, std::move(model), platform);
}

Catalog read_document(const nlohmann::json& document, std::vector<Problem>& problems);

/// `"extends": "built-in"`: the file adds to the catalog inside the binary instead of replacing it.
void start_from_built_in(Reading& reading) {
  std::vector<Problem> none;
  reading.catalog = read_document(nlohmann::json::parse(embedded_catalog()), none);
  for (const auto& platform : reading.catalog.platforms) {
    reading.by_slug.emplace(platform.slug, platform.id);
    reading.inherited_platforms.insert(platform.slug);
  }
  for (std::size_t i = 0; i < reading.catalog.models.size(); ++i) {
    const auto& model = reading.catalog.models[i];
    reading.model_places.emplace(std::pair{model.platform.value, model.upstream_id}, i);
    reading.inherited_models.insert(i);
  }
}

/// Ids and the default order follow the array; what was added to the built-in catalog takes the
/// place its intelligence rank gives it.
void number_models(Reading& reading, bool extends) {
  auto& models = reading.catalog.models;
  const auto rank = [](const Model& model) {
    return model.intelligence_rank > 0 ? model.intelligence_rank
                                       : std::numeric_limits<std::int32_t>::max();
  };
  if (extends) {
    std::stable_sort(models.begin(), models.end(),
                     [&](const Model& a, const Model& b) { return rank(a) < rank(b); });
  }
  for (std::size_t i = 0; i < models.size(); ++i) {
    models[i].position = static_cast<std::int32_t>(i);
    models[i].id = ModelId{models[i].position + 1};
  }
}

Catalog read_document(const nlohmann::json& document, std::vector<Problem>& problems) {
  const JsonNode root{document, "", problems};
  root.allow_only({"$schema", "version", "extends", "platforms", "models", "quirks"});
  Reading reading;
  const bool extends = root.has("extends");
  if (extends && root.text("extends", Presence::required) != "built-in") {
    root.problem("extends", "must be \"built-in\"");
  } else if (extends) {
    start_from_built_in(reading);
  }
  reading.catalog.version = root.text("version", Presence::required, 32);
  for (const std::string_view member : {"platforms", "models"}) {
    if (!extends && !root.has(member)) root.problem(member, "is missing");
  }
  for (const auto& node : root.list("platforms", kMaxPlatforms)) read_platform(node, reading);
  for (const auto& node : root.list("models", kMaxModels)) read_model(node, reading);
  number_models(reading, extends);
  return std::move(reading.catalog);
}

/// The rows as the file has them: sets may refer to earlier ones, so the order is kept.
std::string quirks_of(std::string_view json) {
  const auto document = nlohmann::ordered_json::parse(json);
  const auto found = document.is_object() ? document.find("quirks") : document.end();
  return found == document.end() ? std::string{} : found->dump();
}

Error refusal(const std::vector<Problem>& problems) {
  const auto& first = problems.front();
  std::string message =
      "catalog: " + (first.pointer.empty() ? "" : first.pointer + ": ") + first.what;
  if (problems.size() > 1) message += " (and " + std::to_string(problems.size() - 1) + " more)";
  return Error{
      .kind = ErrorKind::configuration, .message = std::move(message), .code = "invalid_catalog"};
}

/// Parses and reads; the JSON tree dies with this frame.
Catalog read_text(std::string_view json, std::vector<Problem>& problems) {
  if (json.size() > kMaxDocument) {
    problems.push_back({"", "is larger than 4 MiB"});
    return {};
  }
  try {
    const auto document = nlohmann::json::parse(json);
    auto catalog = read_document(document, problems);
    if (document.is_object() && document.contains("quirks")) catalog.quirks = quirks_of(json);
    return catalog;
  } catch (const nlohmann::json::exception& error) {
    // The library's text names line and column; its prefix in brackets is of no use to an operator.
    const std::string_view what = error.what();
    problems.push_back({"", "not valid JSON: " + std::string{what.substr(what.find("] ") + 2)}});
    return {};
  }
}

}  // namespace

Result<Catalog> parse_catalog(std::string_view json, std::vector<Problem>* problems) {
  std::vector<Problem> found;
  Catalog catalog = read_text(json, found);
  Result<Catalog> result =
      found.empty() ? Result<Catalog>{std::move(catalog)} : Result<Catalog>{refusal(found)};
  if (problems != nullptr) *problems = std::move(found);
  return result;
}

}  // namespace freellm::catalog
