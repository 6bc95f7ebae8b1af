#include "core/answer.hpp"
#include "dialect/dialect.hpp"

namespace simulator {
namespace {

std::string text_of(const Json& content, std::vector<SeenImage>* images) {
  if (content.is_string()) return content.get<std::string>();
  std::string text;
  if (!content.is_array()) return text;
  for (const auto& part : content) {
    if (part.is_string()) {
      text.append(part.get<std::string>());
    } else if (part.value("type", "") == "text") {
      text.append(text.empty() ? "" : "\n").append(part.value("text", ""));
    } else if (part.value("type", "") == "image_url" && images != nullptr) {
      const auto& url = part.at("image_url");
      images->push_back(
          look_at_image(url.is_string() ? url.get<std::string>() : url.value("url", "")));
    }
  }
  return text;
}

void read_messages(const Json& messages, Prompt& prompt) {
  for (const auto& message : messages) {
    const auto role = message.value("role", "");
    const auto content = message.find("content");
    const Json none;
    const auto& said = content == message.end() ? none : *content;
    if (role == "system" || role == "developer") {
      prompt.system.append(text_of(said, nullptr));
    } else if (role == "user") {
      prompt.images.clear();
      prompt.tool_results.clear();
      prompt.last_user = text_of(said, &prompt.images);
    } else if (role == "tool") {
      prompt.tool_results.push_back(text_of(said, nullptr));
    } else {
      prompt.tool_results.clear();
    }
  }
}

void read_tools(const Json& body, Prompt& prompt) {
  if (const auto tools = body.find("tools"); tools != body.end() && tools->is_array())
    for (const auto& tool : *tools)
      if (const auto function = tool.find("function"); function != tool.end())
        prompt.tools.push_back(
            {function->value("name", ""), function->value("parameters", Json(nullptr))});
  const auto choice = body.find("tool_choice");
  if (choice == body.end()) return;
  if (choice->is_object()) {
    prompt.tool_choice = ToolChoice::named;
    prompt.named_tool = choice->at("function").value("name", "");
  } else if (*choice == "none") {
    prompt.tool_choice = ToolChoice::none;
  } else if (*choice == "required" || *choice == "any") {
    prompt.tool_choice = ToolChoice::required;
  }
}

void read_response_format(const Json& body, Prompt& prompt) {
  const auto format = body.find("response_format");
  if (format == body.end() || !format->is_object()) return;
  const auto type = format->value("type", "");
  if (type == "json_object") prompt.wants_json = true;
  if (type != "json_schema") return;
  const auto& wrapper = format->at("json_schema");
  // Workers AI takes the bare schema, everybody else {name, schema}.
  prompt.answer_schema = wrapper.contains("schema") ? wrapper.at("schema") : wrapper;
}

bool flag(const Json& body, const char* name, bool otherwise) {
  const auto at = body.find(name);
  return at != body.end() && at->is_boolean() ? at->get<bool>() : otherwise;
}

bool turns_reasoning_off(const Json& body) {
  if (flag(body, "disable_reasoning", false)) return true;
  if (const auto effort = body.find("reasoning_effort");
      effort != body.end() && (*effort == "none" || *effort == "minimal"))
    return true;
  const auto thinking = body.find("thinking");
  return thinking != body.end() && thinking->is_object() &&
         thinking->value("type", "") == "disabled";
}

}  // namespace

SeenImage image_from_base64(std::string_view media_type, std::string_view base64) {
  while (!base64.empty() && base64.back() == '=') base64.remove_suffix(1);
  return {std::string{media_type}, base64.size() * 3 / 4};
}

SeenImage look_at_image(std::string_view url) {
  const auto comma = url.find(',');
  if (!url.starts_with("data:") || comma == std::string_view::npos) return {"url", 0};
  const auto kind = url.substr(5, std::min(url.find(';'), comma) - 5);
  return image_from_base64(kind, url.substr(comma + 1));
}

Prompt parse_openai(const Json& body, const Platform& platform) {
  Prompt prompt;
  prompt.platform = platform.slug;
  prompt.model = body.value("model", "");
  if (const auto messages = body.find("messages"); messages != body.end() && messages->is_array())
    read_messages(*messages, prompt);
  read_tools(body, prompt);
  read_response_format(body, prompt);
  for (const char* name : {"max_tokens", "max_completion_tokens"})
    if (const auto bound = body.find(name); bound != body.end() && bound->is_number_integer())
      prompt.max_tokens = bound->get<std::int64_t>();
  prompt.stream = flag(body, "stream", false);
  if (const auto options = body.find("stream_options");
      options != body.end() && options->is_object())
    prompt.include_usage = flag(*options, "include_usage", false);
  prompt.forbids_parallel_calls = !flag(body, "parallel_tool_calls", true);
  prompt.disables_reasoning = turns_reasoning_off(body);
  // Images weigh a flat 258, whatever their bytes.
  prompt.prompt_tokens = 258 * static_cast<std::int64_t>(prompt.images.size());
  if (const auto messages = body.find("messages"); messages != body.end())
    for (const auto& message : *messages) {
      const auto content = message.find("content");
      prompt.prompt_tokens += 4;
      if (content != message.end())
        prompt.prompt_tokens += count_tokens(text_of(*content, nullptr));
    }
  if (const auto tools = body.find("tools"); tools != body.end())
    prompt.prompt_tokens += count_tokens(tools->dump());
  return prompt;
}

}  // namespace simulator
