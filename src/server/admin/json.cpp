#include "json.hpp"

#include <algorithm>
#include <charconv>

#include "freellm/catalog/monthly_tokens.hpp"
#include "freellm/wire/url.hpp"

namespace freellm::server::admin {

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Reply reply(const Json& json, int status) {
  return {.status = status, .body = dump(json), .headers = {}};
}

Reply no_content() { return {.status = 204, .body = {}, .content_type = {}, .headers = {}}; }

Reply list_reply(Json rows) {
  if (rows.is_null()) rows = Json::array();
  return reply({{"data", std::move(rows)}});
}

Json time_or_null(const std::optional<WallTime>& time) {
  return time ? Json(iso_time(*time)) : Json();
}
Json text_or_null(std::string_view text) { return text.empty() ? Json() : Json(text); }
Json id_or_null(std::int64_t id) { return id == 0 ? Json() : Json(id); }

Result<BodyReader> BodyReader::parse(const std::string& body) {
  Json json = Json::parse(body, nullptr, false);
  if (json.is_discarded()) return refusal(400, "invalid_json", "The body is not valid JSON.");
  if (!json.is_object()) return refusal(400, "invalid_request", "The body must be a JSON object.");
  return BodyReader{json};
}

BodyReader::BodyReader(const Json& object, std::string path)
    : object_(object), path_(std::move(path)) {}

std::string BodyReader::path(const char* name) const {
  return path_.empty() ? name : path_ + "." + name;
}

void BodyReader::fail(const char* name, const std::string& what) {
  if (!error_) error_ = refusal(400, "invalid_request", path(name) + " " + what + ".", path(name));
}

bool BodyReader::has(const char* name) {
  if (std::find(known_.begin(), known_.end(), name) == known_.end()) known_.emplace_back(name);
  return object_.contains(name);
}

void BodyReader::require(const char* name) {
  if (!has(name)) fail(name, "is missing");
}

const Json& BodyReader::any(const char* name) {
  static const Json kNull;
  return has(name) ? object_[name] : kNull;
}

std::optional<std::string> BodyReader::text(const char* name, std::size_t min, std::size_t max) {
  if (!has(name)) return std::nullopt;
  const Json& member = object_[name];
  if (!member.is_string()) {
    fail(name, "must be a string");
    return std::nullopt;
  }
  auto value = member.get<std::string>();
  if (value.size() < min || value.size() > max) {
    fail(name, "must have " + std::to_string(min) + " to " + std::to_string(max) + " characters");
    return std::nullopt;
  }
  return value;
}

std::optional<bool> BodyReader::boolean(const char* name) {
  if (!has(name)) return std::nullopt;
  const Json& member = object_[name];
  if (member.is_boolean()) return member.get<bool>();
  fail(name, "must be true or false");
  return std::nullopt;
}

std::optional<std::int64_t> BodyReader::integer(const char* name, std::int64_t low,
                                                std::int64_t high) {
  if (!has(name)) return std::nullopt;
  const Json& member = object_[name];
  const bool fits = member.is_number_integer() &&
                    !(member.is_number_unsigned() &&
                      member.get<std::uint64_t>() >
                          static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
  if (fits && member.get<std::int64_t>() >= low && member.get<std::int64_t>() <= high) {
    return member.get<std::int64_t>();
  }
  fail(name, "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  return std::nullopt;
}

const Json* BodyReader::array(const char* name, std::size_t max) {
  if (!has(name)) return nullptr;
  const Json& member = object_[name];
  if (member.is_array() && member.size() <= max) return &member;
  fail(name, "must be an array of at most " + std::to_string(max) + " entries");
  return nullptr;
}

Status BodyReader::finish() {
  for (const auto& [name, value] : object_.items()) {
    if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
      fail(name.substr(0, 60).c_str(), "is not a member of this request");
    }
  }
  if (error_) return *error_;
  return {};
}

Json limit_json(const catalog::Limit& limit) {
  return {{"metric", name_of(limit.metric)},
          {"window", name_of(limit.window)},
          {"count", limit.count},
          {"scope", chat::to_string(limit.scope)},
          {"reset", name_of(limit.reset)}};
}

Result<std::optional<std::int64_t>> query_integer(const Request& request, const char* name,
                                                  std::int64_t low, std::int64_t high) {
  const auto text = wire::query_value(request.query, name);
  if (!text) return std::optional<std::int64_t>{};
  std::int64_t number = 0;
  const auto [end, ec] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (ec != std::errc{} || end != text->data() + text->size() || number < low || number > high) {
    return refusal(400, "invalid_request",
                   std::string{name} + " must be a whole number from " + std::to_string(low) +
                       " to " + std::to_string(high) + ".",
                   name);
  }
  return std::optional{number};
}

Result<std::int64_t> path_id(const Request& request, const char* what) {
  std::int64_t id = 0;
  const auto& text = request.argument;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (ec == std::errc{} && end == text.data() + text.size() && id > 0) return id;
  return refusal(404, "not_found", std::string{"There is no such "} + what + ".");
}

std::string_view name_of(catalog::LimitMetric metric) {
  constexpr std::string_view kNames[] = {"requests", "tokens", "concurrency", "neurons"};
  return kNames[static_cast<std::size_t>(metric)];
}

std::string_view name_of(catalog::LimitWindow window) {
  constexpr std::string_view kNames[] = {"second", "minute", "hour", "day", "month"};
  return kNames[static_cast<std::size_t>(window)];
}

std::string_view name_of(catalog::DayReset reset) {
  constexpr std::string_view kNames[] = {"sliding", "utc", "pacific"};
  return kNames[static_cast<std::size_t>(reset)];
}

std::string_view name_of(catalog::KeyState state) {
  constexpr std::string_view kNames[] = {"unknown", "valid", "invalid", "unverifiable",
                                         "undecryptable"};
  return kNames[static_cast<std::size_t>(state)];
}

std::string_view status_of(const catalog::Platform& platform) {
  constexpr std::string_view kNames[] = {"live", "at_risk", "retired"};
  return platform.custom ? "custom" : kNames[static_cast<std::size_t>(platform.free_tier)];
}

Json monthly_tokens_json(const catalog::Platform& platform, const catalog::Model& model) {
  const auto tokens = catalog::monthly_tokens(platform, model);
  return tokens ? Json(*tokens) : Json();
}

}  // namespace freellm::server::admin
