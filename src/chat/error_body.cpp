#include "freellm/chat/error_body.hpp"

#include <array>
#include <chrono>
#include <cstdio>

#include "freellm/wire/json_text.hpp"

namespace freellm::chat {
namespace {

constexpr std::string_view kInvalidRequest = "invalid_request_error";
constexpr std::string_view kAuthentication = "authentication_error";
constexpr std::string_view kPermission = "permission_error";
constexpr std::string_view kRateLimit = "rate_limit_error";
constexpr std::string_view kServer = "server_error";

constexpr std::array kShapes{
    ErrorShape{400, kInvalidRequest, "invalid_json"},
    ErrorShape{400, kInvalidRequest, "invalid_request"},
    ErrorShape{400, kInvalidRequest, "context_length_exceeded"},
    ErrorShape{401, kAuthentication, "invalid_api_key"},
    ErrorShape{403, kPermission, "content_filter"},
    ErrorShape{404, kInvalidRequest, "model_not_found"},
    ErrorShape{404, kInvalidRequest, "not_found"},
    ErrorShape{405, kInvalidRequest, "method_not_allowed"},
    ErrorShape{413, kInvalidRequest, "payload_too_large"},
    ErrorShape{414, kInvalidRequest, "uri_too_long"},
    ErrorShape{415, kInvalidRequest, "unsupported_media_type"},
    ErrorShape{422, kInvalidRequest, "no_capable_model"},
    ErrorShape{429, kRateLimit, "rate_limit_exceeded"},
    ErrorShape{431, kInvalidRequest, "headers_too_large"},
    ErrorShape{500, kServer, "internal_error"},
    ErrorShape{502, kServer, "upstream_failed"},
    ErrorShape{503, kServer, "no_providers_configured"},
    ErrorShape{503, kServer, "draining"},
    ErrorShape{504, kServer, "upstream_timeout"},
};

const ErrorShape* shape_of_code(std::string_view code) {
  for (const auto& shape : kShapes) {
    if (shape.code == code) return &shape;
  }
  return nullptr;
}

const ErrorShape* shape_of_status(int status) {
  // 400 is the general one; which of the first three is told by the code only.
  if (status == 400) return shape_of_code("invalid_request");
  for (const auto& shape : kShapes) {
    if (shape.http_status == status) return &shape;
  }
  return nullptr;
}

std::string_view code_of_kind(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::bad_request:
      return "invalid_request";
    case ErrorKind::unauthorized:
      return "invalid_api_key";
    case ErrorKind::payload_too_large:
      return "payload_too_large";
    case ErrorKind::rate_limited:
    case ErrorKind::quota_exhausted:
      return "rate_limit_exceeded";
    case ErrorKind::timeout:
      return "upstream_timeout";
    case ErrorKind::no_route:
      return "no_providers_configured";
    case ErrorKind::upstream_auth:
    case ErrorKind::upstream_overloaded:
    case ErrorKind::upstream_bad_status:
    case ErrorKind::upstream_protocol:
    case ErrorKind::connect:
    case ErrorKind::tls:
      return "upstream_failed";
    case ErrorKind::cancelled:
    case ErrorKind::storage:
    case ErrorKind::configuration:
    case ErrorKind::internal:
      break;
  }
  return "internal_error";
}

std::string_view type_of_status(int status) {
  if (status >= 500) return kServer;
  if (status == 429) return kRateLimit;
  if (status == 401) return kAuthentication;
  return status == 403 ? kPermission : kInvalidRequest;
}

void append_string(std::string& out, std::string_view plain) {
  out += '"';
  wire::append_escaped(out, plain);
  out += '"';
}

void append_string_or_null(std::string& out, std::string_view plain) {
  if (plain.empty()) {
    out += "null";
  } else {
    append_string(out, plain);
  }
}

void append_retry_at(std::string& out, const std::optional<WallTime>& time) {
  if (!time) return;
  out += ",\"retry_at\":\"";
  out += rfc3339(*time);
  out += '"';
}

void append_candidates(std::string& out, std::span<const CandidateReason> candidates) {
  if (candidates.empty()) return;
  out += ",\"candidates\":[";
  bool first = true;
  for (const auto& candidate : candidates) {
    out += first ? "{\"route\":" : ",{\"route\":";
    first = false;
    append_string(out, candidate.route);
    out += ",\"reason\":";
    append_string(out, candidate.reason);
    append_retry_at(out, candidate.retry_at);
    out += '}';
  }
  out += ']';
}

void append_body(std::string& out, const Error& error, const ErrorExtras& extras) {
  const ErrorShape shape = describe(error);
  out += "{\"error\":{\"message\":";
  append_string(out, error.message);
  out += ",\"type\":";
  append_string(out, shape.type);
  out += ",\"param\":";
  append_string_or_null(out, error.param);
  out += ",\"code\":";
  append_string_or_null(out, shape.code);
  append_retry_at(out, extras.retry_at);
  append_candidates(out, extras.candidates);
  if (!extras.request_id.empty()) {
    out += ",\"request_id\":";
    append_string(out, extras.request_id);
  }
  out += "}}";
}

}  // namespace

ErrorShape describe(const Error& error) {
  if (const ErrorShape* known = shape_of_code(error.code)) return *known;
  const bool status_is_ours = error.source == ErrorSource::downstream && error.http_status >= 400 &&
                              error.http_status <= 599;
  ErrorShape shape = *shape_of_code(code_of_kind(error.kind));
  if (status_is_ours) {
    const ErrorShape* known = shape_of_status(error.http_status);
    shape = known != nullptr ? *known
                             : ErrorShape{error.http_status, type_of_status(error.http_status), ""};
  }
  if (!error.code.empty()) shape.code = error.code;
  return shape;
}

std::string error_body(const Error& error, const ErrorExtras& extras) {
  std::string out;
  append_body(out, error, extras);
  return out;
}

void append_error_frame(std::string& out, const Error& error, const ErrorExtras& extras) {
  out += "data: ";
  append_body(out, error, extras);
  out += "\n\n";
}

std::string rfc3339(WallTime time) {
  namespace chrono = std::chrono;
  const auto second = chrono::ceil<chrono::seconds>(time);
  const auto day = chrono::floor<chrono::days>(second);
  const chrono::year_month_day date{day};
  const chrono::hh_mm_ss clock{second - day};
  char text[40];
  const int length = std::snprintf(
      text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  return {text, static_cast<std::size_t>(length)};
}

}  // namespace freellm::chat
