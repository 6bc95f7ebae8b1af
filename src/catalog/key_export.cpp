#include "freellm/catalog/key_export.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "key_text.hpp"

namespace freellm::catalog {
namespace {

using Json = nlohmann::ordered_json;

bool is_of_endpoint(const KeyExport& all, std::string_view slug) {
  return std::any_of(all.endpoints.begin(), all.endpoints.end(),
                     [&](const auto& endpoint) { return endpoint.slug == slug; });
}

/// A value as .env readers and shells take it: plain when it needs no quotes.
std::string env_value(std::string_view value) {
  const bool is_plain = !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{"_-./:+=,@"}.find(c) != std::string_view::npos;
  });
  if (is_plain) return std::string{value};
  if (value.find('\'') == std::string_view::npos) return "'" + std::string{value} + "'";
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string one_line(std::string_view text) {
  std::string out{text};
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return out;
}

void append_env(std::string& out, const std::string& name, std::string_view value,
                std::string_view label = {}) {
  out += name + "=" + env_value(value);
  if (!label.empty()) out += "  # label: " + one_line(label);
  out += '\n';
}

/// NAME, NAME_2, NAME_3 …
std::string numbered(const std::string& name, int number) {
  return number == 1 ? name : name + "_" + std::to_string(number);
}

Json model_json(const CustomModel& model) {
  Json json = {{"upstream_id", model.upstream_id}};
  if (!model.display_name.empty()) json["display_name"] = model.display_name;
  if (!model.logical_name.empty()) json["logical_name"] = model.logical_name;
  if (model.context_window != 0) json["context_window"] = model.context_window;
  json["tools"] = model.capabilities.tools;
  json["vision"] = model.capabilities.vision;
  json["reasoning"] = model.capabilities.reasoning;
  json["json_schema"] = model.capabilities.json_schema;
  return json;
}

Json key_json(const ExportedKey& key) {
  return {{"key", key.secret.reveal()}, {"label", key.label}, {"enabled", key.enabled}};
}

std::string csv_cell(std::string_view value) {
  std::string cell{value};
  if (!cell.empty() && std::string_view{"=+-@\t\r"}.find(cell[0]) != std::string_view::npos)
    cell.insert(0, 1, '\'');
  if (cell.find_first_of(",;\"'\t\r\n ") == std::string::npos) return cell;
  std::string out = "\"";
  for (const char c : cell) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string csv_line(std::initializer_list<std::string_view> cells) {
  std::string line;
  for (const auto cell : cells) {
    if (!line.empty()) line += ',';
    line += csv_cell(cell);
  }
  return line + "\r\n";
}

}  // namespace

std::string key_variable(std::string_view slug) {
  if (slug == "google") return "GEMINI_API_KEY";
  if (slug == "github") return "GITHUB_MODELS_TOKEN";
  std::string name = upper(slug);
  std::replace(name.begin(), name.end(), '-', '_');
  return name + "_API_KEY";
}

std::string keys_as_env(const KeyExport& all) {
  std::string out = "# Keys of FreeLLMAPI. Whoever has this file can use them.\n";
  for (const auto& line : all.left_out) out += "# Left out: " + one_line(line) + "\n";
  std::map<std::string, int> counts;
  for (const auto& key : all.keys) {
    if (is_of_endpoint(all, key.platform)) continue;
    const auto variable = key_variable(key.platform);
    if (!key.enabled) out += "# The next one is switched off.\n";
    append_env(out, numbered(variable, ++counts[variable]), key.secret.reveal(), key.label);
  }
  int number = 0;
  for (const auto& endpoint : all.endpoints) {
    const std::string prefix = "CUSTOM_" + std::to_string(++number) + "_";
    out += '\n';
    append_env(out, prefix + "NAME", one_line(endpoint.title));
    append_env(out, prefix + "BASE_URL", endpoint.base_url);
    if (endpoint.allow_private) append_env(out, prefix + "ALLOW_PRIVATE_NETWORK", "true");
    if (!endpoint.models.empty())
      append_env(out, prefix + "MODELS", list_of_models(endpoint.models));
    int keys = 0;
    for (const auto& key : all.keys) {
      if (key.platform == endpoint.slug)
        append_env(out, numbered(prefix + "API_KEY", ++keys), key.secret.reveal(), key.label);
    }
  }
  return out;
}

std::string keys_as_json(const KeyExport& all) {
  Json keys = Json::array();
  Json endpoints = Json::array();
  for (const auto& key : all.keys) {
    if (is_of_endpoint(all, key.platform)) continue;
    Json row = {{"platform", key.platform}};
    row.update(key_json(key));
    keys.push_back(std::move(row));
  }
  for (const auto& endpoint : all.endpoints) {
    Json models = Json::array();
    for (const auto& model : endpoint.models) models.push_back(model_json(model));
    Json own = Json::array();
    for (const auto& key : all.keys) {
      if (key.platform == endpoint.slug) own.push_back(key_json(key));
    }
    endpoints.push_back({{"slug", endpoint.slug},
                         {"name", endpoint.title},
                         {"base_url", endpoint.base_url},
                         {"allow_private_network", endpoint.allow_private},
                         {"models", std::move(models)},
                         {"keys", std::move(own)}});
  }
  const Json root = {{"keys", std::move(keys)}, {"custom_endpoints", std::move(endpoints)}};
  return root.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string keys_as_csv(const KeyExport& all) {
  std::string out = csv_line(
      {"platform", "key", "label", "enabled", "base_url", "models", "allow_private_network"});
  const auto text = [](bool value) { return value ? "true" : "false"; };
  for (const auto& key : all.keys) {
    if (is_of_endpoint(all, key.platform)) continue;
    out += csv_line({key.platform, key.secret.reveal(), key.label, text(key.enabled), "", "", ""});
  }
  for (const auto& endpoint : all.endpoints) {
    const auto models = list_of_models(endpoint.models);
    bool has_key = false;
    for (const auto& key : all.keys) {
      if (key.platform != endpoint.slug) continue;
      has_key = true;
      out += csv_line({endpoint.title, key.secret.reveal(), key.label, text(key.enabled),
                       endpoint.base_url, models, text(endpoint.allow_private)});
    }
    if (!has_key)
      out += csv_line({endpoint.title, "", "", "true", endpoint.base_url, models,
                       text(endpoint.allow_private)});
  }
  return out;
}

}  // namespace freellm::catalog
