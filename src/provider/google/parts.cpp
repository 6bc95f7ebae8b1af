#include "provider/google/parts.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "freellm/wire/headers.hpp"
#include "freellm/wire/json.hpp"
#include "provider/native/members.hpp"

namespace freellm::provider::google {
namespace {

using native::member;
using native::text_of;
using wire::OrderedJson;

Error unsupported(std::string message, std::string code) {
  return Error{.kind = ErrorKind::bad_request,
               .source = ErrorSource::downstream,
               .retry = Retry::next_route,
               .message = std::move(message),
               .param = "messages",
               .code = std::move(code)};
}

// A tool's answer is foreign text, and a history may hold thousands of them: 2,000 members in one
// object are as many as are worth a DOM.
constexpr std::uint64_t kMaxMemberWork = 2'000'000;

std::optional<OrderedJson> parse_text(std::string_view text) {
  auto parsed = wire::parse_ordered_json(text, wire::kMaxJsonBytes, kMaxMemberWork);
  if (!parsed) return std::nullopt;
  return std::move(*parsed);
}

/// "data:image/png;base64,AAAA" -> {"mimeType","data"}.
std::optional<OrderedJson> inline_data(std::string_view uri) {
  constexpr std::string_view kScheme = "data:";
  constexpr std::string_view kBase64 = ";base64";
  if (!wire::iequals(uri.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  uri.remove_prefix(kScheme.size());
  const auto comma = uri.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  auto type = uri.substr(0, comma);
  if (type.size() < kBase64.size()) return std::nullopt;
  const auto type_end = type.size() - kBase64.size();
  if (!wire::iequals(type.substr(type_end), kBase64)) return std::nullopt;
  type = type.substr(0, std::min(type.find(';'), type_end));
  if (type.empty()) return std::nullopt;
  return OrderedJson{{"mimeType", type}, {"data", uri.substr(comma + 1)}};
}

Status append_data_uri(OrderedJson& parts, std::string_view uri, std::string_view what) {
  auto data = inline_data(uri);
  if (!data) {
    return unsupported("google: the " + std::string{what} +
                           " must be a base64 data URI; the API does not fetch URLs",
                       "remote_content_unsupported");
  }
  parts.push_back({{"inlineData", std::move(*data)}});
  return {};
}

Status append_audio(OrderedJson& parts, const OrderedJson& audio) {
  const auto data = text_of(member(audio, "data"));
  const auto format = text_of(member(audio, "format"));
  if (data.empty() || format.empty()) {
    return unsupported("google: input_audio needs data and format", "invalid_request");
  }
  parts.push_back({{"inlineData", {{"mimeType", "audio/" + std::string{format}}, {"data", data}}}});
  return {};
}

Status append_part(OrderedJson& parts, const OrderedJson& part) {
  const auto type = text_of(member(part, "type"));
  if (type == "text" || type == "refusal") {
    const auto text = text_of(member(part, type));
    if (!text.empty()) parts.push_back({{"text", text}});
    return {};
  }
  if (type == "image_url") {
    const auto* image = member(part, "image_url");
    const auto* url = image != nullptr && image->is_object() ? member(*image, "url") : image;
    return append_data_uri(parts, text_of(url), "image");
  }
  if (const auto* audio = member(part, "input_audio"); audio != nullptr) {
    return append_audio(parts, *audio);
  }
  if (const auto* file = member(part, "file"); file != nullptr) {
    return append_data_uri(parts, text_of(member(*file, "file_data")), "file");
  }
  return unsupported(
      "google: no equivalent for a content part of type \"" + std::string{type} + "\"",
      "unsupported_content");
}

}  // namespace

Status append_parts(OrderedJson& parts, const OrderedJson* content) {
  if (content == nullptr) return {};
  if (content->is_array()) {
    for (const auto& part : *content) {
      if (auto status = append_part(parts, part); !status) return status;
    }
    return {};
  }
  if (const auto text = text_of(content); !text.empty()) parts.push_back({{"text", text}});
  return {};
}

OrderedJson response_object(std::string_view text) {
  if (auto parsed = parse_text(text); parsed && parsed->is_structured()) {
    if (parsed->is_object()) return std::move(*parsed);
    return {{"result", std::move(*parsed)}};
  }
  return {{"result", text}};
}

OrderedJson call_arguments(std::string_view arguments) {
  auto parsed = parse_text(arguments);
  if (!parsed) return {{"value", arguments}};
  if (parsed->is_object()) return std::move(*parsed);
  if (parsed->is_null()) return OrderedJson::object();
  return {{"value", std::move(*parsed)}};
}

}  // namespace freellm::provider::google
