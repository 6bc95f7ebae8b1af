#pragma once
// Errors as OpenAI clients expect them: HTTP status and JSON body, or a frame inside a stream.
//
// The one table from our error kinds to statuses, types and codes. Pure and thread-safe. Messages
// go out as they are: whoever puts a provider's words into an Error scrubs them first
// (chat/scrub.hpp).

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "freellm/base/clock.hpp"
#include "freellm/base/error.hpp"

namespace freellm::chat {

struct ErrorShape {
  int http_status = 500;
  std::string_view type;  ///< "invalid_request_error", "rate_limit_error", ...
  std::string_view code;  ///< "invalid_json", ...; static text or a view into the Error
};

/// How `error` is told to a client. The code decides when it is a known one, else the kind;
/// error.http_status counts only for an error whose source is downstream (our own 405, 413, 431,
/// ...).
[[nodiscard]] ErrorShape describe(const Error& error);

/// Why one candidate cannot serve, for the `candidates` member.
struct CandidateReason {
  std::string_view route;   ///< "groq/llama-3.3-70b-versatile"
  std::string_view reason;  ///< "rpm 30/30, frees in 12 s"
  std::optional<WallTime> retry_at;
};

struct ErrorExtras {
  std::optional<WallTime> retry_at;  ///< written as RFC 3339, rounded up to the second
  std::span<const CandidateReason> candidates;
  std::string_view request_id;
};

/// `{"error":{"message","type","param","code", …}}`
[[nodiscard]] std::string error_body(const Error& error, const ErrorExtras& extras = {});

/// Appends `data: {"error":{…}}` and the blank line. No [DONE] follows, so that SDKs raise.
void append_error_frame(std::string& out, const Error& error, const ErrorExtras& extras = {});

/// RFC 3339 in UTC with whole seconds, rounded up.
[[nodiscard]] std::string rfc3339(WallTime time);

}  // namespace freellm::chat
