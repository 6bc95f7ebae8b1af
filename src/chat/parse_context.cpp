#include "chat/parse_context.hpp"

#include <algorithm>
#include <utility>

#include "freellm/wire/json_text.hpp"

namespace freellm::chat {

std::string quoted_excerpt(std::string_view raw) {
  constexpr std::size_t kLongest = 64;
  std::size_t length = raw.size();
  if (length > kLongest) {
    length = kLongest;
    while (length > 0 && (static_cast<unsigned char>(raw[length]) & 0xC0U) == 0x80U) --length;
  }
  std::string out = "'";
  out += raw.substr(0, length);
  if (length < raw.size()) out += "…";
  out += '\'';
  return out;
}

std::string ParseContext::path() const {
  std::string path;
  for (std::size_t i = 0; i < std::min(step_count_, kMaxSteps); ++i) {
    const Step& step = steps_[i];
    if (step.name.empty()) {
      path += '[' + std::to_string(step.index) + ']';
    } else {
      if (!path.empty()) path += '.';
      path += step.name;
    }
  }
  return path;
}

void ParseContext::refuse(std::string message) {
  if (!json.ok()) return;
  json.stop();
  refusal_ = Error{.kind = ErrorKind::bad_request,
                   .source = ErrorSource::downstream,
                   .http_status = 400,
                   .message = std::move(message),
                   .param = path(),
                   .code = "invalid_request"};
}

void ParseContext::refuse_missing(std::string_view member) {
  const PathStep step{*this, member};
  refuse("Missing required parameter: '" + path() + "'.");
}

void ParseContext::refuse_type(std::string_view expected, JsonKind got) {
  std::string message = step_count_ == 0 ? "Invalid type for the request body: expected "
                                         : "Invalid type for '" + path() + "': expected ";
  message += expected;
  message += ", but got ";
  message += describe(got);
  message += " instead.";
  refuse(std::move(message));
}

void ParseContext::refuse_value(std::string_view got,
                                std::initializer_list<std::string_view> supported) {
  std::string message = "Invalid value: " + quoted_excerpt(got) + ". Supported values are: ";
  bool first = true;
  for (const auto value : supported) {
    if (!first) message += ", ";
    first = false;
    message += '\'';
    message += value;
    message += '\'';
  }
  message += '.';
  refuse(std::move(message));
}

bool ParseContext::expect(JsonKind kind) {
  if (!ok()) return false;
  const JsonKind got = json.peek();
  if (got == kind) return true;
  if (got == JsonKind::nothing) {
    json.value();  // not JSON at all: the reader's complaint is the better one
  } else {
    refuse_type(describe(kind), got);
  }
  return false;
}

bool ParseContext::skip_null() {
  if (!ok() || json.peek() != JsonKind::null) return false;
  json.value();
  return true;
}

wire::JsonText ParseContext::counted_string() {
  if (!expect(JsonKind::string)) return {};
  const std::size_t escapes = json.unicode_escapes();
  const wire::JsonText read = json.string();
  text += count_json_text(read, json.unicode_escapes() != escapes);
  return read;
}

std::string_view ParseContext::counted_value() {
  const std::size_t escapes = json.unicode_escapes();
  const std::string_view read = json.value();
  text += count_json_text(read, json.unicode_escapes() != escapes);
  return read;
}

}  // namespace freellm::chat
