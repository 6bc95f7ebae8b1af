// tools, functions, tool_choice and response_format.

#include <algorithm>
#include <string>
#include <string_view>

#include "chat/parse_context.hpp"

namespace freellm::chat {
namespace {

constexpr std::size_t kMaxFunctionName = 64;

/// OpenAI's alphabet, plus the dots and colons that MCP bridges put into names.
bool is_function_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == ':';
  };
  return !name.empty() && name.size() <= kMaxFunctionName &&
         std::all_of(name.begin(), name.end(), allowed);
}

void parse_function_name(ParseContext& context) {
  const wire::JsonText name = context.counted_string();
  if (!context.ok()) return;
  if (!is_function_name(name)) {
    return context.refuse("Invalid function name " + quoted_excerpt(name) +
                          ": 1 to 64 letters, digits, underscores, dashes or dots are allowed.");
  }
  context.request.tool_names.emplace_back(name);
}

/// `{name, description, parameters, strict}`: a tool's function, or a legacy function.
void parse_function(ParseContext& context) {
  if (!context.expect(JsonKind::object)) return;
  bool named = false;
  context.json.members([&](wire::JsonText member) {
    const PathStep step{context, member};
    if (member == "name") {
      named = true;
      parse_function_name(context);
    } else if (member == "parameters" && !context.skip_null()) {
      if (context.expect(JsonKind::object)) context.counted_value();
    } else if (member == "description" && !context.skip_null()) {
      context.counted_string();
    } else if (member != "parameters" && member != "description") {
      context.json.value();
    }
  });
  if (!named) context.refuse_missing("name");
}

void parse_tool(ParseContext& context) {
  if (!context.expect(JsonKind::object)) return;
  wire::JsonText type = "function";
  bool has_function = false;
  bool has_type = false;
  context.json.members([&](wire::JsonText member) {
    const PathStep step{context, member};
    if (member == "function") {
      has_function = true;
      parse_function(context);
    } else if (member == "type" && !context.skip_null()) {
      has_type = true;
      if (context.expect(JsonKind::string)) type = context.json.string();
    } else if (member != "type") {
      context.counted_value();
    }
  });
  if (!has_type) context.request.typeless_tools = true;
  // Tools of another type (a provider's own web search, say) are the upstream's to judge.
  if (type == "function" && !has_function) context.refuse_missing("function");
}

void parse_tool_array(ParseContext& context, void (*parse_element)(ParseContext&)) {
  if (context.skip_null() || !context.expect(JsonKind::array)) return;
  std::int64_t index = 0;
  context.json.elements([&] {
    const PathStep step{context, index++};
    parse_element(context);
  });
}

ToolChoice choice_named(std::string_view word) {
  if (word == "auto") return ToolChoice::automatic;
  if (word == "none") return ToolChoice::none;
  // "any" is Anthropic's and Mistral's word for it.
  if (word == "required" || word == "any") return ToolChoice::required;
  return ToolChoice::unset;
}

void parse_choice_word(ParseContext& context) {
  const wire::JsonText word = context.json.string();
  if (!context.ok()) return;
  const ToolChoice choice = choice_named(word);
  if (choice == ToolChoice::unset) return context.refuse_value(word, {"none", "auto", "required"});
  context.request.tool_choice = choice;
}

void parse_chosen_function(ParseContext& context, wire::JsonText member) {
  const PathStep step{context, member};
  if (member == "name") {
    if (context.expect(JsonKind::string)) context.chosen_tool = context.json.string();
  } else if (member == "function" && context.json.peek() == JsonKind::object) {
    context.json.members([&](wire::JsonText inner) { parse_chosen_function(context, inner); });
  } else {
    context.json.value();
  }
}

/// One element of allowed_tools.tools: `{"type":"function","function":{"name":…}}`.
void parse_allowed_tool(ParseContext& context) {
  if (!context.expect(JsonKind::object)) return;
  context.json.members([&](wire::JsonText member) {
    const PathStep step{context, member};
    if (member == "function") return parse_allowed_tool(context);
    const bool named = member == "name" && context.json.peek() == JsonKind::string;
    if (!named) return static_cast<void>(context.json.value());
    context.request.allowed_tools.emplace_back(context.json.string());
  });
}

/// `{"mode":"auto","tools":[…]}`. None of the platforms knows it; adapters offer these tools only.
ToolChoice parse_allowed_tools(ParseContext& context) {
  wire::JsonText mode;
  if (!context.expect(JsonKind::object)) return ToolChoice::unset;
  context.json.members([&](wire::JsonText member) {
    const PathStep step{context, member};
    if (member == "mode") {
      if (context.expect(JsonKind::string)) mode = context.json.string();
    } else if (member == "tools") {
      parse_tool_array(context, parse_allowed_tool);
    } else {
      context.json.value();
    }
  });
  return mode == "required" ? ToolChoice::required : ToolChoice::automatic;
}

/// `{"type":"function","function":{"name":…}}`, the legacy `{"name":…}` and `{"type":"auto"}`.
void parse_choice_object(ParseContext& context) {
  wire::JsonText type;
  ToolChoice allowed = ToolChoice::automatic;  // for later inventions
  context.json.members([&](wire::JsonText member) {
    if (member == "type" && context.json.peek() == JsonKind::string) {
      type = context.json.string();
    } else if (member == "allowed_tools") {
      const PathStep step{context, member};
      allowed = parse_allowed_tools(context);
    } else {
      parse_chosen_function(context, member);
    }
  });
  if (!context.ok()) return;
  if (type != "allowed_tools") context.request.allowed_tools.clear();
  const ToolChoice by_type = choice_named(type);
  if (!context.chosen_tool.empty()) {
    context.request.tool_choice = ToolChoice::named;
  } else if (by_type != ToolChoice::unset) {
    context.request.tool_choice = by_type;
  } else if (type.empty() || type == "function") {
    context.refuse_missing("function.name");
  } else {
    context.request.tool_choice = allowed;
  }
}

void parse_json_schema(ParseContext& context) {
  if (!context.expect(JsonKind::object)) return;
  bool named = false;
  bool has_schema = false;
  context.json.members([&](wire::JsonText member) {
    const PathStep step{context, member};
    if (member == "name") {
      if (!context.expect(JsonKind::string)) return;
      named = !context.json.string().empty();
    } else if (member == "schema") {
      has_schema = context.expect(JsonKind::object);
      context.counted_value();
    } else {
      context.json.value();
    }
  });
  if (!named) return context.refuse_missing("name");
  if (!has_schema) context.refuse_missing("schema");
}

void apply_format(ParseContext& context, wire::JsonText type, bool has_schema) {
  auto& request = context.request;
  if (type == "json_object") {
    request.response_format = ResponseFormat::json_object;
  } else if (type == "json_schema") {
    if (!has_schema) return context.refuse_missing("json_schema");
    request.response_format = ResponseFormat::json_schema;
    request.needs.json_schema = true;
  } else if (type.empty()) {
    return context.refuse_missing("type");
  } else if (type != "text") {
    const PathStep step{context, "type"};
    return context.refuse_value(type, {"json_object", "json_schema", "text"});
  }
  request.needs.json = type != "text";
}

}  // namespace

void parse_tools(ParseContext& context) { parse_tool_array(context, parse_tool); }

void parse_functions(ParseContext& context) { parse_tool_array(context, parse_function); }

void parse_tool_choice(ParseContext& context) {
  if (context.skip_null()) return;
  const JsonKind kind = context.json.peek();
  if (kind == JsonKind::string) return parse_choice_word(context);
  if (kind == JsonKind::object) return parse_choice_object(context);
  if (kind != JsonKind::nothing) return context.refuse_type("a string or an object", kind);
  context.json.value();
}

void parse_response_format(ParseContext& context) {
  if (context.skip_null() || !context.expect(JsonKind::object)) return;
  wire::JsonText type;
  bool has_schema = false;
  context.json.members([&](wire::JsonText member) {
    const PathStep step{context, member};
    if (member == "type") {
      if (context.expect(JsonKind::string)) type = context.json.string();
    } else if (member == "json_schema" && !context.skip_null()) {
      has_schema = true;
      parse_json_schema(context);
    } else if (member != "json_schema") {
      context.json.value();
    }
  });
  if (context.ok()) apply_format(context, type, has_schema);
}

}  // namespace freellm::chat
