#include "chat/call_text.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "freellm/wire/json_scan.hpp"

namespace freellm::chat {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kTag = "<tool_call>";
constexpr std::string_view kFunction = "<function=";
constexpr std::string_view kCall = "<|tool_call_begin|>";
constexpr std::string_view kArguments = "<|tool_call_argument_begin|>";
constexpr std::string_view kCallEnd = "<|tool_call_end|>";
constexpr std::string_view kSection = "<|tool_calls_section_begin|>";
constexpr std::string_view kFence = "```";
/// Beyond this an object that starts like a call is one, or none.
constexpr std::size_t kDecisionBytes = 256;

struct Marker {
  std::string_view text;
  CallDialect dialect;
};
constexpr std::array kMarkers{
    Marker{kTag, CallDialect::tag}, Marker{kFunction, CallDialect::function},
    Marker{kSection, CallDialect::token_section}, Marker{kCall, CallDialect::tokens}};

std::string_view without_leading(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  return text;
}

std::string_view trimmed(std::string_view text) {
  text = without_leading(text);
  const auto last = text.find_last_not_of(kSpace);
  return last == text.npos ? text : text.substr(0, last + 1);
}

enum class Likely : std::uint8_t { no, undecided, yes };

/// Consumes `expected` at the front of `text`, space before it skipped.
Likely consume(std::string_view& text, std::string_view expected) {
  text = without_leading(text);
  if (text.starts_with(expected)) {
    text.remove_prefix(expected.size());
    return Likely::yes;
  }
  return expected.starts_with(text) ? Likely::undecided : Likely::no;
}

/// Consumes `parts` one after the other.
Likely consume_all(std::string_view& text, std::initializer_list<std::string_view> parts) {
  for (const auto part : parts) {
    if (const auto found = consume(text, part); found != Likely::yes) return found;
  }
  return Likely::yes;
}

/// `{"name":"X"` with X declared, or the beginning of that; `"type":"function",` and `"function":{`
/// may lead.
Likely starts_like_call(std::string_view text, const ToolSchemas& tools) {
  if (const auto brace = consume(text, "{"); brace != Likely::yes) return brace;
  auto rest = text;
  const auto typed = consume_all(rest, {"\"type\"", ":", "\"function\"", ","});
  if (typed == Likely::yes) text = rest;
  if (typed == Likely::undecided) return typed;
  rest = text;
  const auto wrapped = consume_all(rest, {"\"function\"", ":", "{"});
  if (wrapped == Likely::yes) text = rest;
  if (wrapped == Likely::undecided) return wrapped;
  if (const auto named = consume_all(text, {"\"name\"", ":", "\""}); named != Likely::yes)
    return named;
  const auto quote = text.find('"');
  if (quote == text.npos) return text.size() < kDecisionBytes ? Likely::undecided : Likely::no;
  return tools.declares(text.substr(0, quote)) ? Likely::yes : Likely::no;
}

CallDialect as_dialect(Likely likely, CallDialect dialect) {
  if (likely == Likely::yes) return dialect;
  return likely == Likely::no ? CallDialect::none : CallDialect::undecided;
}

CallDialect recognise_fence(std::string_view text, const ToolSchemas& tools) {
  if (!text.starts_with(kFence)) {
    return kFence.starts_with(text) ? CallDialect::undecided : CallDialect::none;
  }
  text.remove_prefix(kFence.size());
  for (const std::string_view language : {"json", "tool_call", "tool_code"}) {
    if (text.starts_with(language)) {
      text.remove_prefix(language.size());
      break;
    }
    if (language.starts_with(text)) return CallDialect::undecided;
  }
  return as_dialect(starts_like_call(text, tools), CallDialect::fence);
}

/// The object as text when `value` is one, or is a string that holds one.
std::optional<std::string> object_text(std::string_view value) {
  value = trimmed(value);
  if (wire::json_type(value) == wire::JsonType::object) return std::string{value};
  const auto text = wire::json_string(value);
  if (!text) return std::nullopt;
  std::string inner = wire::unescaped(*text);
  const bool object =
      wire::json_type(inner) == wire::JsonType::object && wire::validate_json(inner);
  if (!object) return std::nullopt;
  return inner;
}

std::optional<WrittenCall> declared_call(std::string name, std::string_view arguments,
                                         const ToolSchemas& tools) {
  if (!tools.declares(name)) return std::nullopt;
  auto object = object_text(arguments);
  if (!object || !wire::validate_json(*object)) return std::nullopt;
  return WrittenCall{std::move(name), std::move(*object)};
}

/// {"name":…,"arguments":…}, also with "parameters", or wrapped as {"function":{…}}.
std::optional<WrittenCall> read_object(std::string_view text, const ToolSchemas& tools) {
  std::string_view object = trimmed(text);
  if (!wire::validate_json(object)) return std::nullopt;
  if (const auto inner = wire::find_member(object, "function")) {
    if (wire::json_type(*inner) == wire::JsonType::object) object = *inner;
  }
  const auto name = wire::find_member(object, "name");
  const auto name_text = name ? wire::json_string(*name) : std::nullopt;
  auto arguments = wire::find_member(object, "arguments");
  if (!arguments) arguments = wire::find_member(object, "parameters");
  if (!name_text || !arguments) return std::nullopt;
  return declared_call(wire::unescaped(*name_text), *arguments, tools);
}

/// `NAME{…}` or `NAME>{…}` between the marker and </function>.
std::optional<WrittenCall> read_function(std::string_view text, const ToolSchemas& tools) {
  text.remove_prefix(kFunction.size());
  const auto name_end = std::min(text.find_first_of(">{,( \t\r\n"), text.size());
  const auto brace = text.find('{', name_end);
  if (brace == text.npos) return std::nullopt;
  return declared_call(std::string{text.substr(0, name_end)}, text.substr(brace), tools);
}

/// `functions.NAME:0` -> `NAME`. A bare id has no name in it and yields one that nobody declared.
std::string_view name_in_id(std::string_view id) {
  id = trimmed(id);
  constexpr std::string_view kPrefix = "functions.";
  if (id.starts_with(kPrefix)) id.remove_prefix(kPrefix.size());
  return id.substr(0, id.rfind(':'));
}

std::optional<WrittenCall> read_tokens(std::string_view text, const ToolSchemas& tools) {
  text.remove_prefix(kCall.size());
  const auto separator = text.find(kArguments);
  if (separator == text.npos) return std::nullopt;
  return declared_call(std::string{name_in_id(text.substr(0, separator))},
                       text.substr(separator + kArguments.size()), tools);
}

std::vector<WrittenCall> read_section(std::string_view text, const ToolSchemas& tools) {
  std::vector<WrittenCall> calls;
  for (auto at = text.find(kCall); at != text.npos; at = text.find(kCall, at + kCall.size())) {
    const auto end = std::min(text.find(kCallEnd, at), text.size());
    auto call = read_tokens(text.substr(at, end - at), tools);
    if (!call) return {};
    calls.push_back(std::move(*call));
  }
  return calls;
}

/// A fence may hold one object; its language line is skipped.
std::optional<WrittenCall> read_fence(std::string_view text, const ToolSchemas& tools) {
  const auto brace = text.find('{');
  return brace == text.npos ? std::nullopt : read_object(text.substr(brace), tools);
}

std::optional<WrittenCall> read_one(CallDialect dialect, std::string_view text,
                                    const ToolSchemas& tools) {
  switch (dialect) {
    case CallDialect::tag:
      return read_object(text.substr(kTag.size()), tools);
    case CallDialect::function:
      return read_function(text, tools);
    case CallDialect::tokens:
      return read_tokens(text, tools);
    case CallDialect::fence:
      return read_fence(text, tools);
    case CallDialect::bare:
      return read_object(text, tools);
    default:
      return std::nullopt;
  }
}

}  // namespace

CallDialect recognise(std::string_view text, Place place, const ToolSchemas& tools) {
  if (text.starts_with('<')) {
    bool undecided = false;
    for (const auto& marker : kMarkers) {
      if (text.starts_with(marker.text)) return marker.dialect;
      undecided |= marker.text.starts_with(text);
    }
    return undecided ? CallDialect::undecided : CallDialect::none;
  }
  if (text.starts_with('`')) return recognise_fence(text, tools);
  if (place == Place::later) return CallDialect::none;
  return as_dialect(starts_like_call(text, tools), CallDialect::bare);
}

std::string_view terminator(CallDialect dialect) {
  switch (dialect) {
    case CallDialect::tag:
      return "</tool_call>";
    case CallDialect::function:
      return "</function>";
    case CallDialect::tokens:
      return kCallEnd;
    case CallDialect::token_section:
      return "<|tool_calls_section_end|>";
    case CallDialect::fence:
      return kFence;
    default:
      return {};
  }
}

std::size_t opening_length(CallDialect dialect) {
  if (dialect == CallDialect::fence) return kFence.size();
  for (const auto& marker : kMarkers) {
    if (marker.dialect == dialect) return marker.text.size();
  }
  return 0;
}

std::vector<WrittenCall> read_calls(CallDialect dialect, std::string_view text,
                                    const ToolSchemas& tools) {
  const std::string_view end = terminator(dialect);
  if (!end.empty() && text.ends_with(end)) text.remove_suffix(end.size());
  if (dialect == CallDialect::token_section) return read_section(text, tools);
  std::vector<WrittenCall> calls;
  if (auto call = read_one(dialect, text, tools)) calls.push_back(std::move(*call));
  return calls;
}

}  // namespace freellm::chat
