// Reads the error bodies of all platforms into one form. The shapes differ so much that each field
// is looked for in every place it has been seen, in order of how specific the place is.

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "freellm/provider/failure.hpp"
#include "freellm/wire/json.hpp"

namespace freellm::provider {

namespace {

using wire::Json;

constexpr std::size_t kMaxErrorBytes = 64 * 1024;
constexpr std::size_t kMaxSentence = 4096;

/// A scalar as text: numbers too, because OpenRouter's code is one and Zhipu's is a string of
/// digits.
std::string scalar_text(const Json* value) {
  if (value == nullptr) return {};
  if (value->is_string()) return value->get<std::string>();
  if (value->is_number_integer()) return std::to_string(value->get<std::int64_t>());
  return {};
}

std::string first_text(const Json& root, std::initializer_list<std::string_view> paths) {
  for (const auto path : paths) {
    if (auto text = scalar_text(wire::json_at(root, path)); !text.empty()) return text;
  }
  return {};
}

void add_sentence(std::string& message, std::string_view sentence) {
  if (sentence.empty() || message.find(sentence) != std::string::npos) return;
  if (message.size() > kMaxSentence) return;
  if (!message.empty()) message += ": ";
  message += sentence.substr(0, kMaxSentence);
}

/// FastAPI: `detail` is a string or a list of {loc, msg, type}.
void add_detail(ErrorFacts& facts, const Json* detail) {
  if (detail == nullptr) return;
  if (detail->is_string()) {
    add_sentence(facts.message, detail->get_ref<const std::string&>());
    return;
  }
  if (!detail->is_array()) return;
  for (const auto& item : *detail) {
    if (!item.is_object()) continue;
    add_sentence(facts.message, first_text(item, {"msg", "message"}));
    if (facts.type.empty()) facts.type = first_text(item, {"type"});
    if (facts.message.size() > kMaxSentence) break;
  }
}

/// OpenRouter says in strings inside the body what others say in headers.
void add_quota(ErrorFacts& facts, const Json& root) {
  const Json* headers = wire::json_at(root, "error.metadata.headers");
  if (headers == nullptr || !headers->is_object()) return;
  facts.quota_limit = first_text(*headers, {"X-RateLimit-Limit"});
  facts.quota_remaining = first_text(*headers, {"X-RateLimit-Remaining"});
  facts.quota_reset = first_text(*headers, {"X-RateLimit-Reset"});
}

void add_reasons(ErrorFacts& facts, const Json& root) {
  static constexpr std::array<std::string_view, 9> kPlaces{"error.metadata.limit_source",
                                                           "error.metadata.error_type",
                                                           "error.status",
                                                           "error.reason",
                                                           "error.innererror.code",
                                                           "error.details.0.reason",
                                                           "error.error_type",
                                                           "error_type",
                                                           "title"};
  for (const auto place : kPlaces) {
    if (auto text = scalar_text(wire::json_at(root, place)); !text.empty()) {
      facts.reasons.push_back(std::move(text));
    }
  }
}

/// The status the body itself states, for errors inside a 200.
int stated_status(const Json& root) {
  static constexpr std::array<std::string_view, 8> kPlaces{
      "error.status_code", "status_code",      "error.code", "error.status", "status", "code",
      "raw_status_code",   "error.http_status"};
  for (const auto place : kPlaces) {
    const auto text = scalar_text(wire::json_at(root, place));
    int status = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), status);
    if (error == std::errc{} && end == text.data() + text.size() && status >= 400 && status < 600)
      return status;
  }
  return 0;
}

void add_messages(ErrorFacts& facts, const Json& root) {
  if (const Json* error = wire::json_at(root, "error"); error != nullptr && error->is_string()) {
    add_sentence(facts.message, error->get_ref<const std::string&>());
  }
  add_sentence(facts.message, first_text(root, {"error.message"}));
  add_detail(facts, wire::json_at(root, "error.message.detail"));
  add_detail(facts, wire::json_at(root, "detail"));
  add_detail(facts, wire::json_at(root, "error.detail"));
  add_sentence(facts.message, first_text(root, {"message"}));
  add_detail(facts, wire::json_at(root, "message.detail"));  // Mistral's 422: message is an object
  add_sentence(facts.message,
               first_text(root, {"error.metadata.raw", "details.message", "details"}));
  add_sentence(facts.message, first_text(root, {"errors.0.message", "errors.0"}));
  if (facts.message.empty())
    add_sentence(facts.message, first_text(root, {"title", "error.type", "type"}));
}

void read_json(ErrorFacts& facts, const Json& document) {
  const Json& root = document.is_array() && !document.empty() ? document.front() : document;
  if (root.is_string()) {
    facts.message = root.get<std::string>().substr(0, kMaxSentence);
    return;
  }
  if (!root.is_object()) return;
  facts.type = first_text(root, {"error.type", "type"});
  facts.code = first_text(root, {"error.code", "code", "errors.0.code"});
  facts.failed_generation = first_text(root, {"error.failed_generation"});
  add_messages(facts, root);
  add_reasons(facts, root);
  add_quota(facts, root);
  if (facts.status < 400) facts.status = stated_status(root);
}

std::string_view without_space(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0)
    text.remove_prefix(1);
  return text;
}

}  // namespace

ErrorFacts read_error(int status, std::string_view body) {
  ErrorFacts facts;
  facts.status = status;
  const auto text = without_space(body.substr(0, kMaxErrorBytes));
  if (text.empty()) {
    if (status < 400) facts.status = 0;
    return facts;
  }
  if (text.front() == '{' || text.front() == '[' || text.front() == '"') {
    if (const auto document = wire::parse_json(text, kMaxErrorBytes)) {
      facts.body = ErrorBody::json;
      read_json(facts, *document);
      return facts;
    }
  }
  facts.body = text.front() == '<' ? ErrorBody::html : ErrorBody::text;
  facts.message = std::string(text.substr(0, kMaxSentence));
  if (status < 400) facts.status = 0;
  return facts;
}

}  // namespace freellm::provider
