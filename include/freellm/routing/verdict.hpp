#pragma once
// Verdict: why a candidate may or may not serve a request, with the numbers it was decided on.
// A small trivially copyable value; text is made only when somebody reads it.

#include <cstdint>
#include <string>
#include <string_view>

#include "freellm/base/clock.hpp"
#include "freellm/base/ids.hpp"
#include "freellm/catalog/types.hpp"
#include "freellm/chat/upstream_failure.hpp"

namespace freellm::routing {

/// One upstream try: a model through a key.
struct Candidate {
  PlatformId platform;
  ModelId model;
  KeyId key;
  auto operator<=>(const Candidate&) const = default;
};

/// In the order the filters run. Up to `window_too_small` they depend on the catalog and the
/// request alone.
enum class VerdictKind : std::uint8_t {
  admitted,
  not_needed,  ///< an earlier candidate was taken, so nobody asked
  model_disabled,
  platform_disabled,
  no_key,
  lacks_tools,
  lacks_vision,
  lacks_json_schema,
  window_too_small,  ///< used = tokens needed, limit = context window
  excluded,          ///< failed or ruled out earlier in this request; `cause` says by what
  cooling_down,      ///< until free_at, because of `cause`
  probing,           ///< half-open: another request is just finding out
  quota,             ///< used + wanted > limit, frees at free_at
  request_too_big,   ///< the prompt alone exceeds a token limit: never, however long one waits
};

[[nodiscard]] std::string_view to_string(VerdictKind kind);

struct Verdict {
  VerdictKind kind = VerdictKind::not_needed;
  chat::FailureClass cause = chat::FailureClass::provider_error;  ///< of a cooldown or exclusion
  chat::Scope scope = chat::Scope::model_key;                     ///< of the limit or cooldown
  chat::LimitMetric metric = chat::LimitMetric::requests;
  chat::LimitWindow window = chat::LimitWindow::minute;
  bool stated =
      false;  ///< the provider said so (a stated time, a remaining count), not our own counting
  bool certain =
      true;  ///< free_at is exact for the local view; false when it hangs on running requests
  std::int64_t used = 0;
  std::int64_t wanted = 0;
  std::int64_t limit = 0;
  /// Earliest instant at which this candidate admits the request, as far as known; max() = never or
  /// unknown.
  SteadyTime free_at = SteadyTime::max();
};

/// "rpm 30/30, frees in 12 s", "cooling down after rate_limited, 41 s left".
[[nodiscard]] std::string describe(const Verdict& verdict, SteadyTime now);

/// "rpm", "tpd", "concurrency": the field's short name of a limit.
[[nodiscard]] std::string short_name(chat::LimitMetric metric, chat::LimitWindow window);

}  // namespace freellm::routing
