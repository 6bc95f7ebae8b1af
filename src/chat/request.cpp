#include "freellm/chat/request.hpp"

#include <algorithm>
#include <utility>

#include "chat/parse_context.hpp"
#include "chat/utf8.hpp"

namespace freellm::chat {
namespace {

constexpr std::size_t kMaxMembers = 256;
constexpr std::size_t kMaxModelBytes = 256;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Error invalid_json(std::string_view problem, std::size_t offset) {
  std::string message = "We could not parse the JSON body of your request: ";
  message += problem;
  message += " at byte " + std::to_string(offset) + ".";
  return Error{.kind = ErrorKind::bad_request,
               .source = ErrorSource::downstream,
               .http_status = 400,
               .message = std::move(message),
               .code = "invalid_json"};
}

void parse_model(ParseContext& context) {
  if (!context.expect(JsonKind::string)) return;
  std::string model = wire::unescaped(context.json.string());
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (model.empty())
    return context.refuse("Invalid 'model': the name of a model is needed, or 'auto'.");
  if (model.size() > kMaxModelBytes) {
    return context.refuse("Invalid 'model': a name has at most 256 bytes.");
  }
  if (std::any_of(model.begin(), model.end(), is_control)) {
    return context.refuse("Invalid 'model': control characters are not allowed.");
  }
  context.request.model = std::move(model);
}

void parse_stream(ParseContext& context) {
  if (context.skip_null() || !context.expect(JsonKind::boolean)) return;
  context.request.stream = context.json.value() == "true";
}

void parse_stream_options(ParseContext& context) {
  if (context.skip_null() || !context.expect(JsonKind::object)) return;
  context.json.members([&](wire::JsonText name) {
    const PathStep step{context, name};
    if (name != "include_usage" || context.json.peek() == JsonKind::null) {
      context.json.value();
    } else if (context.expect(JsonKind::boolean)) {
      context.request.include_usage = context.json.value() == "true";
    }
  });
}

struct MemberParser {
  std::string_view name;
  void (*parse)(ParseContext&);
};

constexpr MemberParser kMemberParsers[] = {
    {"messages", parse_messages},
    {"model", parse_model},
    {"stream", parse_stream},
    {"tools", parse_tools},
    {"tool_choice", parse_tool_choice},
    {"stream_options", parse_stream_options},
    {"response_format", parse_response_format},
    {"functions", parse_functions},
    {"function_call", parse_tool_choice},
};

void parse_known_member(ParseContext& context, std::string_view name) {
  for (const auto& member : kMemberParsers) {
    if (member.name == name) return member.parse(context);
  }
  // Unknown members go upstream as they are: providers have parameters of their own.
  if (!parse_parameter(context, name)) context.json.value();
}

void parse_member(ParseContext& context, std::string_view name) {
  const PathStep step{context, name};
  auto& members = context.request.members;
  // Two spellings of one member would let a client say one thing to us and another to the upstream.
  if (name.find('\\') != std::string_view::npos) {
    return context.refuse("Member names must be written without escapes.");
  }
  if (context.request.find(name) != nullptr) {
    return context.refuse("Duplicate parameter: '" + std::string{name} + "'.");
  }
  if (members.size() == kMaxMembers) return context.refuse("Too many parameters.");
  const char* const first = context.json.value_position();
  parse_known_member(context, name);
  members.push_back({name, {first, static_cast<std::size_t>(context.json.position() - first)}});
}

bool is_declared(const ChatRequest& request, std::string_view name) {
  const auto& names = request.tool_names;
  return std::find(names.begin(), names.end(), name) != names.end();
}

void check_tool_choice(ParseContext& context) {
  const ChatRequest& request = context.request;
  const Member* tools = request.find("tools");
  const Member* functions = request.find("functions");
  const auto declared = [](const Member* member) {
    return member != nullptr && member->value.find('{') != std::string_view::npos;
  };
  const bool has_tools = declared(tools) || declared(functions);
  const bool wants_call =
      request.tool_choice == ToolChoice::required || request.tool_choice == ToolChoice::named;
  if (wants_call && !has_tools) {
    const PathStep step{context, "tool_choice"};
    return context.refuse(
        "Invalid value for 'tool_choice': it is only allowed when 'tools' are specified.");
  }
  if (request.tool_choice == ToolChoice::named && !is_declared(request, context.chosen_tool)) {
    const PathStep step{context, "tool_choice"};
    return context.refuse("Invalid value for 'tool_choice': function " +
                          quoted_excerpt(context.chosen_tool) + " is not among 'tools'.");
  }
  if (has_tools && request.tool_choice != ToolChoice::none) context.request.needs.tools = true;
}

void finish(ParseContext& context) {
  if (!context.ok()) return;
  ChatRequest& request = context.request;
  if (request.find("model") == nullptr) return context.refuse_missing("model");
  if (request.find("messages") == nullptr) return context.refuse_missing("messages");
  check_tool_choice(context);
  request.needs.prompt_tokens = context.text.tokens() + context.overhead_tokens;
  request.needs.output_tokens = output_allowance(request.max_tokens.value_or(0));
}

/// A byte order mark would otherwise travel to upstreams that choke on it.
void blank_byte_order_mark(PaddedBuffer& body) {
  if (body.view().starts_with(kByteOrderMark)) std::fill_n(body.data(), kByteOrderMark.size(), ' ');
}

}  // namespace

Result<ChatRequest> parse_chat_request(PaddedBuffer body) {
  if (body.size() == 0) return invalid_json("it is empty", 0);
  ChatRequest request;
  request.body = std::move(body);
  blank_byte_order_mark(request.body);
  if (!is_valid_utf8(request.body.view())) {
    return invalid_json("invalid UTF-8", first_invalid_utf8(request.body.view()));
  }
  request.members.reserve(16);
  ParseContext context{request};
  if (context.expect(JsonKind::object)) {
    context.json.members([&](wire::JsonText name) { parse_member(context, name); });
  }
  context.json.expect_end();
  finish(context);
  if (context.refusal()) return std::move(*context.refusal());
  if (!context.ok()) return invalid_json(context.json.problem(), context.json.offset());
  return request;
}

}  // namespace freellm::chat
