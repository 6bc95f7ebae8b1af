#include "model_list.hpp"

#include <nlohmann/json.hpp>
#include <set>

namespace freellm::server::admin {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxModels = 1000;
constexpr std::size_t kMaxIdBytes = 200;
constexpr int kMaxDepth = 16;

std::int64_t window_in(const Json& object) {
  for (const char* name : {"context_window", "context_length", "max_model_len",
                           "max_context_length", "n_ctx_train", "n_ctx"}) {
    const auto found = object.find(name);
    if (found != object.end() && found->is_number_unsigned() &&
        found->get<std::uint64_t>() <= 1'000'000'000)
      return found->get<std::int64_t>();
  }
  return 0;
}

bool names_image(const Json& list) {
  constexpr std::string_view kNames[] = {"image", "images", "vision", "multimodal"};
  return list.is_array() && std::any_of(list.begin(), list.end(), [&](const Json& item) {
           return item.is_string() &&
                  std::find(std::begin(kNames), std::end(kNames),
                            item.get_ref<const std::string&>()) != std::end(kNames);
         });
}

/// OpenRouter and its like have architecture.input_modalities, LLM7 modalities.input, Mistral
/// capabilities.vision, llama.cpp capabilities: ["multimodal"], LM Studio type "vlm".
bool vision_in(const Json& object) {
  const auto member = [](const Json& of, const char* name) {
    const auto found = of.is_object() ? of.find(name) : of.end();
    return of.is_object() && found != of.end() ? *found : Json{};
  };
  const Json capabilities = member(object, "capabilities");
  return names_image(member(member(object, "architecture"), "input_modalities")) ||
         names_image(member(member(object, "modalities"), "input")) ||
         names_image(member(object, "input_modalities")) || names_image(capabilities) ||
         member(capabilities, "vision") == true || member(object, "type") == "vlm";
}

std::string id_in(const Json& object) {
  for (const char* name : {"id", "name", "model"}) {
    const auto found = object.find(name);
    if (found != object.end() && found->is_string()) return found->get<std::string>();
  }
  return {};
}

bool is_usable(const std::string& id) {
  return !id.empty() && id.size() <= kMaxIdBytes && std::none_of(id.begin(), id.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

}  // namespace

Result<std::vector<ListedModel>> read_model_list(std::string_view body) {
  const auto bounded = [](int depth, Json::parse_event_t, Json&) { return depth <= kMaxDepth; };
  const Json root = Json::parse(body, bounded, false);
  const Json* list = root.is_array() ? &root : nullptr;
  for (const char* name : {"data", "models"}) {
    if (list != nullptr || !root.is_object()) break;
    const auto found = root.find(name);
    if (found != root.end() && found->is_array()) list = &*found;
  }
  if (list == nullptr)
    return Error{.kind = ErrorKind::upstream_protocol,
                 .message = "the answer is no list of models"};
  std::vector<ListedModel> models;
  std::set<std::string> seen;
  for (const auto& item : *list) {
    ListedModel model;
    if (item.is_string()) model.upstream_id = item.get<std::string>();
    if (item.is_object()) {
      model.upstream_id = id_in(item);
      model.context_window = window_in(item);
      model.vision = vision_in(item);
      const auto meta = item.find("meta");  // llama.cpp
      if (model.context_window == 0 && meta != item.end() && meta->is_object())
        model.context_window = window_in(*meta);
    }
    if (!is_usable(model.upstream_id) || !seen.insert(model.upstream_id).second) continue;
    models.push_back(std::move(model));
    if (models.size() == kMaxModels) break;
  }
  return models;
}

}  // namespace freellm::server::admin
