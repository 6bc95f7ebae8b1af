#include "provider/cohere/messages.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "freellm/wire/json.hpp"
#include "provider/native/members.hpp"

namespace freellm::provider::cohere {
namespace {

using native::flat_text;
using native::member;
using native::text_of;
using wire::OrderedJson;

// "all elements in history must have a message" (400): a tool that returns nothing still says so.
constexpr std::string_view kEmptyResult = "(no output)";

bool has_image(const OrderedJson* content) {
  return content != nullptr && content->is_array() &&
         std::any_of(content->begin(), content->end(), [](const OrderedJson& part) {
           return text_of(member(part, "type")) == "image_url";
         });
}

/// Text and image parts, as vision models take them; other kinds have no place in the API.
OrderedJson parts_of(const OrderedJson& content) {
  OrderedJson out = OrderedJson::array();
  for (const auto& part : content) {
    const auto type = text_of(member(part, "type"));
    if (type == "image_url") {
      const auto* image = member(part, "image_url");
      const auto* url = image != nullptr && image->is_object() ? member(*image, "url") : image;
      OrderedJson source{{"url", text_of(url)}};
      out.push_back({{"type", "image_url"}, {"image_url", std::move(source)}});
    } else if (const auto text = text_of(member(part, "text")); !text.empty()) {
      out.push_back({{"type", "text"}, {"text", text}});
    }
  }
  return out;
}

/// Null when there is nothing to say.
OrderedJson plain_turn(std::string_view role, const OrderedJson* content) {
  if (has_image(content)) return {{"role", role}, {"content", parts_of(*content)}};
  auto text = flat_text(content);
  if (text.empty()) return nullptr;
  return {{"role", role}, {"content", std::move(text)}};
}

OrderedJson call(const OrderedJson& source) {
  const auto* function = member(source, "function");
  if (function == nullptr) return nullptr;
  OrderedJson translated{{"name", text_of(member(*function, "name"))},
                         {"arguments", text_of(member(*function, "arguments"))}};
  return {{"id", text_of(member(source, "id"))},
          {"type", "function"},
          {"function", std::move(translated)}};
}

OrderedJson assistant_turn(const OrderedJson& message) {
  const auto* content = member(message, "content");
  const auto* calls = member(message, "tool_calls");
  if (calls == nullptr || !calls->is_array() || calls->empty()) {
    auto text = flat_text(content);
    if (text.empty()) return nullptr;
    return {{"role", "assistant"}, {"content", std::move(text)}};
  }
  OrderedJson turn{{"role", "assistant"}};
  OrderedJson translated = OrderedJson::array();
  for (const auto& source : *calls) {
    auto one = call(source);
    if (!one.is_null()) translated.push_back(std::move(one));
  }
  turn["tool_calls"] = std::move(translated);
  if (auto plan = flat_text(content); !plan.empty()) turn["tool_plan"] = std::move(plan);
  return turn;
}

OrderedJson tool_turn(const OrderedJson& message) {
  auto text = flat_text(member(message, "content"));
  if (text.empty()) text = kEmptyResult;
  return {{"role", "tool"},
          {"tool_call_id", text_of(member(message, "tool_call_id"))},
          {"content", std::move(text)}};
}

OrderedJson turn_of(const OrderedJson& message) {
  const auto role = text_of(member(message, "role"));
  if (role == "assistant") return assistant_turn(message);
  if (role == "tool") return tool_turn(message);
  return plain_turn(role == "developer" ? "system" : role, member(message, "content"));
}

}  // namespace

OrderedJson translate_messages(const OrderedJson& messages) {
  OrderedJson out = OrderedJson::array();
  for (const auto& message : messages) {
    auto turn = turn_of(message);
    if (!turn.is_null()) out.push_back(std::move(turn));
  }
  return out;
}

}  // namespace freellm::provider::cohere
