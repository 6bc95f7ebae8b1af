#pragma once
// Explains an upstream error: reads whichever of the known error bodies it is, then runs it through
// a table of rules, the platform's own first. Status decides first, then type and code, then text.
// Pure and thread-safe.
//
// Text is matched against words of the message only; model names are cut out beforehand, so no
// digit in a model id can pass for a limit or a code.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "freellm/base/clock.hpp"
#include "freellm/chat/upstream_failure.hpp"
#include "freellm/wire/headers.hpp"

namespace freellm::provider {

enum class ErrorBody : std::uint8_t { empty, json, html, text };

/// What an error body says, whatever its shape: {"error":{...}}, {"error":"text"}, flat
/// {"message","code"}, FastAPI's {"detail"}, problem+json, {"errors":[...]}, or any of them in a
/// one-element array.
struct ErrorFacts {
  /// Of the answer. For an error inside a 2xx the body's own numeric status, 0 when it states none.
  int status = 0;
  ErrorBody body = ErrorBody::empty;
  std::string message;  ///< every sentence found, the main one first; not scrubbed
  std::string type;
  std::string code;  ///< numbers as text
  std::vector<std::string>
      reasons;                    ///< further machine-readable words (limit_source, title, status)
  std::string failed_generation;  ///< Groq: the text its tool validation refused
  /// OpenRouter: metadata.headers, as sent.
  std::string quota_limit, quota_remaining, quota_reset;
};

/// One row: every stated condition must hold; an empty one holds always. Texts are lower case.
struct ErrorRule {
  std::vector<int> status;
  std::vector<std::string> code;  ///< any of, equal to code, type or reason (case-insensitive)
  std::vector<std::string> text;  ///< any of, contained in the message (case-insensitive)
  std::optional<ErrorBody> body;
  chat::FailureClass failure = chat::FailureClass::provider_error;
  chat::Scope scope = chat::Scope::model_key;
  std::optional<chat::LimitWindow> window;  ///< the window that is spent, if the row says which
  bool retirement = false;
  std::string why;
};

/// Reads an error body; whatever is beyond 64 KiB is not looked at. `body` may be anything.
[[nodiscard]] ErrorFacts read_error(int status, std::string_view body);

/// Classifies by `platform_rules`, then the common table (common_quirks().errors). `model_id` is
/// cut from the text before matching. Without `now` (an error inside a stream) epoch times are not
/// read.
[[nodiscard]] chat::UpstreamFailure classify_error(const ErrorFacts& facts,
                                                   const wire::HeaderList& headers,
                                                   std::span<const ErrorRule> platform_rules,
                                                   std::string_view model_id,
                                                   std::optional<Now> now);

/// Limits named in an error text, as Groq words them: "on tokens per minute (TPM): Limit 12000,
/// Used ...".
[[nodiscard]] std::vector<chat::LimitObservation> limits_in_text(std::string_view message);

}  // namespace freellm::provider
