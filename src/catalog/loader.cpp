#include "freellm/catalog/loader.hpp"

#include <algorithm>
#include <array>
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

struct Reading {
  Catalog catalog;
  std::unordered_map<std::string, PlatformId> by_slug;
  std::set<std::pair<std::int32_t, std::string>> model_ids;
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

void read_platform(const JsonNode& node, Reading& reading) {
  node.allow_only({"slug", "name", "wire", "base_url", "alternate_base_urls", "signup_url",
                   "key_format", "keyless", "enabled", "data_use", "notes", "timeouts", "limits",
                   "limits_source", "limits_date"});
  Platform platform;
  platform.id = PlatformId{static_cast<std::int32_t>(reading.catalog.platforms.size()) + 1};
  platform.slug = node.text("slug", Presence::required, kMaxSlugBytes);
  platform.quirks = platform.slug;
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
  if (node.has("timeouts")) platform.timeouts = read_timeouts(node.child("timeouts"));
  platform.limits = read_limits(node.list("limits", kMaxLimits), LimitPlace::platform);
  platform.provenance = read_provenance(node, platform.limits);

  if (!platform.slug.empty() && !is_slug(platform.slug)) node.problem("slug", kSlugRule);
  if (!reading.by_slug.emplace(platform.slug, platform.id).second) {
    node.problem("slug", "another platform has it already");
  }
  reading.catalog.platforms.push_back(std::move(platform));
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
  if (!reading.model_ids.emplace(model.platform.value, model.upstream_id).second) {
    node.problem("id", "the platform has this model already");
  }
  reading.catalog.models.push_back(std::move(model));
}

void read_model(const JsonNode& node, Reading& reading) {
  node.allow_only({"platform", "id", "name", "display_name", "intelligence_rank", "speed_rank",
                   "context_window", "max_output_tokens", "capabilities", "enabled",
                   "disabled_reason", "limits", "limits_source", "limits_date"});
  const std::string platform = node.text("platform", Presence::required, kMaxSlugBytes);
  const auto index = static_cast<std::int32_t>(reading.catalog.models.size());
  Model model;
  model.id = ModelId{index + 1};
  model.position = index;
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

Catalog read_document(const nlohmann::json& document, std::vector<Problem>& problems) {
  const JsonNode root{document, "", problems};
  root.allow_only({"$schema", "version", "platforms", "models"});
  Reading reading;
  reading.catalog.version = root.text("version", Presence::required, 32);
  for (const std::string_view member : {"platforms", "models"}) {
    if (!root.has(member)) root.problem(member, "is missing");
  }
  for (const auto& node : root.list("platforms", kMaxPlatforms)) read_platform(node, reading);
  for (const auto& node : root.list("models", kMaxModels)) read_model(node, reading);
  return std::move(reading.catalog);
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
    return read_document(document, problems);
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
