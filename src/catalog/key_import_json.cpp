// JSON as people and programs write key files, our own export included. JSON has no line numbers
// once parsed, so rows are named by their member.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "key_text.hpp"

namespace freellm::catalog {
namespace {

using Json = nlohmann::ordered_json;

/// The first of these members that is a string.
std::string text_of(const Json& object, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto found = object.find(name);
    if (found != object.end() && found->is_string()) return found->get<std::string>();
  }
  return {};
}

bool flag_of(const Json& object, const char* name, bool otherwise) {
  const auto found = object.find(name);
  return found != object.end() && found->is_boolean() ? found->get<bool>() : otherwise;
}

CustomModel model_of(const Json& value) {
  CustomModel model;
  model.upstream_id = text_of(value, {"upstream_id", "id", "name"});
  model.display_name = text_of(value, {"display_name"});
  model.logical_name = text_of(value, {"logical_name"});
  const auto window = value.find("context_window");
  if (window != value.end() && window->is_number_unsigned() &&
      window->get<std::uint64_t>() <= 1'000'000'000)
    model.context_window = window->get<std::int64_t>();
  auto& can = model.capabilities;
  can.tools = flag_of(value, "tools", can.tools);
  can.vision = flag_of(value, "vision", can.vision);
  can.reasoning = flag_of(value, "reasoning", can.reasoning);
  can.json_schema = flag_of(value, "json_schema", can.json_schema);
  return model;
}

std::vector<CustomModel> models_of(const Json& value) {
  if (value.is_string()) return models_of_list(value.get<std::string>());
  std::vector<CustomModel> models;
  if (!value.is_array()) return models;
  for (const auto& item : value) {
    if (models.size() > kMaxCustomModels) break;
    auto model = CustomModel{};
    if (item.is_object()) {
      model = model_of(item);
    } else if (item.is_string()) {
      auto named = models_of_list(item.get<std::string>());
      if (!named.empty()) model = std::move(named.front());
    }
    const bool is_known = std::any_of(models.begin(), models.end(), [&](const auto& other) {
      return other.upstream_id == model.upstream_id;
    });
    const auto size = model.upstream_id.size();
    if (size > 0 && size <= kMaxModelIdBytes && !is_known) models.push_back(std::move(model));
  }
  return models;
}

class JsonReader {
 public:
  explicit JsonReader(KeyRows& rows) : rows_(rows) {}

  void read_root(const Json& root) {
    if (root.is_array()) return read_list(root, "");
    for (const char* name : {"custom_endpoints", "custom"}) {
      const auto found = root.find(name);
      if (found != root.end() && found->is_array()) read_list(*found, name);
    }
    const auto keys = root.find("keys");
    if (keys != root.end() && keys->is_array()) read_list(*keys, "");
    for (const auto& [name, value] : root.items()) {
      if (rows_.is_full()) return;
      const bool is_read =
          value.is_array() && (name == "keys" || name == "custom_endpoints" || name == "custom");
      if (!is_read) read_member(name, value);
    }
  }

 private:
  void read_list(const Json& list, std::string_view name) {
    for (const auto& item : list) {
      if (rows_.is_full()) return;
      if (item.is_object()) {
        read_object(item, name);
      } else {
        rows_.add_problem(0, name, "This entry is not an object.");
      }
    }
  }

  /// {"groq": "gsk_…"}, {"groq": ["gsk_1", "gsk_2"]} or {"groq": {"key": "gsk_…"}}
  void read_member(const std::string& name, const Json& value) {
    const auto platform = platform_of_name(name, rows_.slugs());
    if (value.is_string()) {
      add(name, platform, "", value.get<std::string>(), true);
    } else if (value.is_array()) {
      for (const auto& item : value) {
        if (item.is_string()) add(name, platform, "", item.get<std::string>(), true);
        if (item.is_object()) read_object(item, name);
        if (rows_.is_full()) return;
      }
    } else if (value.is_object()) {
      read_object(value, name);
    }
    // Numbers, booleans and null are settings of some other program.
  }

  void read_object(const Json& object, std::string_view name) {
    const auto base_url = text_of(object, {"base_url", "baseUrl", "baseURL", "api_base"});
    if (!base_url.empty()) return read_endpoint(object, name, base_url);
    const auto named = text_of(object, {"platform", "provider", "service"});
    const std::string_view from = named.empty() ? name : named;
    const auto secret = text_of(object, {"key", "secret", "api_key", "apiKey", "token", "value"});
    const auto label = text_of(object, {"label", "note", "name"});
    if (from == "custom_endpoints" || from == "custom")
      return rows_.add_problem(0, label, "The endpoint has no base URL; skipped.");
    add(from, platform_of_name(from, rows_.slugs()), label, secret,
        flag_of(object, "enabled", true));
  }

  void read_endpoint(const Json& object, std::string_view name, const std::string& base_url) {
    ImportedEndpoint endpoint;
    endpoint.slug = text_of(object, {"slug"});
    endpoint.title = text_of(object, {"name", "title"});
    if (endpoint.title.empty()) endpoint.title = name.empty() ? endpoint.slug : name;
    endpoint.base_url = base_url;
    endpoint.allow_private = flag_of(object, "allow_private_network", false);
    if (const auto models = object.find("models"); models != object.end())
      endpoint.models = models_of(*models);
    const std::string title = endpoint.title;
    auto index = rows_.add_endpoint(std::move(endpoint));
    if (!index) return rows_.add_problem(0, title, index.error().message);
    const auto secret = text_of(object, {"key", "secret", "api_key", "apiKey", "token"});
    bool has_key = !secret.empty();
    if (has_key) rows_.add_endpoint_key(*index, 0, title, "", secret);
    if (const auto keys = object.find("keys"); keys != object.end() && keys->is_array()) {
      for (const auto& key : *keys) {
        if (rows_.is_full()) return;
        const auto value = key.is_string()   ? key.get<std::string>()
                           : key.is_object() ? text_of(key, {"key", "secret"})
                                             : std::string{};
        if (value.empty()) continue;
        const auto label = key.is_object() ? text_of(key, {"label"}) : std::string{};
        rows_.add_endpoint_key(*index, 0, title, label, value,
                               !key.is_object() || flag_of(key, "enabled", true));
        has_key = true;
      }
    }
    if (!has_key) rows_.add_endpoint_key(*index, 0, title, "", "");
  }

  void add(std::string_view name, const std::string& platform, std::string_view label,
           std::string_view secret, bool enabled) {
    rows_.add({.line = 0,
               .name = name,
               .platform = platform,
               .label = label,
               .secret = secret,
               .enabled = enabled,
               .problem = {}});
  }

  KeyRows& rows_;
};

}  // namespace

std::string plain_json(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"') {
      const auto begin = i++;
      while (i < text.size() && text[i] != '"' && text[i] != '\n') i += text[i] == '\\' ? 2 : 1;
      i = std::min(i + 1, text.size());
      out += text.substr(begin, i - begin);
    } else if (text.substr(i).starts_with("//")) {
      i = std::min(text.find('\n', i), text.size());
    } else if (text.substr(i).starts_with("/*")) {
      const auto end = text.find("*/", i + 2);
      const auto comment = text.substr(i, end == std::string_view::npos ? end : end + 2 - i);
      out.append(static_cast<std::size_t>(std::count(comment.begin(), comment.end(), '\n')), '\n');
      out += ' ';
      i += comment.size();
    } else {
      if (c == '}' || c == ']') {
        const auto last = out.find_last_not_of(" \t\r\n");
        if (last != std::string::npos && out[last] == ',') out[last] = ' ';
      }
      out += c;
      ++i;
    }
  }
  return out;
}

Status read_json(std::string_view text, KeyRows& rows) {
  std::string plain = plain_json(text);
  // Brackets within brackets cost memory, and no key file needs many.
  int depth = 0;
  const auto callback = [&depth](int at, Json::parse_event_t, Json&) {
    depth = std::max(depth, at);
    return at <= 8;
  };
  const Json root = Json::parse(plain, callback, false);
  secure_zero(plain.data(), plain.size());
  if (root.is_discarded() || depth > 8) return import_error("The text is not valid JSON.");
  if (!root.is_structured()) return import_error("The JSON must be an object or an array.");
  JsonReader{rows}.read_root(root);
  return {};
}

}  // namespace freellm::catalog
