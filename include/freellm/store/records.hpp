#pragma once
// What is written about requests and quota: plain values, moved through the writer's queue.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "freellm/base/clock.hpp"
#include "freellm/base/ids.hpp"
#include "freellm/chat/upstream_failure.hpp"
#include "freellm/chat/usage.hpp"

namespace freellm::store {

/// The ids a request was routed by. All zero when nothing could serve it.
struct RouteIds {
  PlatformId platform;
  ModelId model;
  KeyId key;
  bool operator==(const RouteIds&) const = default;
};

/// An upstream try that did not serve the request.
struct FailedAttempt {
  RouteIds route;
  chat::FailureClass failure = chat::FailureClass::provider_error;
  int http_status = 0;     ///< 0 = no answer
  Millis started_after{};  ///< since the request arrived
  Millis duration{};
  std::string message;                ///< the provider's words, scrubbed; cut at 500 bytes
  std::optional<Millis> connect;      ///< unset: a kept connection, or none came about
  std::optional<Millis> retry_after;  ///< as the provider stated it
  std::string consequence;            ///< what was ruled out because of it; cut at 500 bytes
};

/// One client request, once it is over.
struct RequestRecord {
  std::string request_id;       ///< X-Request-Id; cut at 128 bytes
  WallTime at;                  ///< when it was over
  std::string requested_model;  ///< as the client wrote it; cut at 256 bytes
  RouteIds route;               ///< who served it, else the last one tried
  int status = 0;               ///< as answered; 499 = client gone
  std::string error_code;       ///< "" = served
  std::string error_message;    ///< what the client was told, scrubbed; cut at 500 bytes
  bool stream = false;
  Millis latency{};               ///< arrival to last byte
  std::optional<Millis> ttft;     ///< arrival to first content byte
  Millis upstream_latency{};      ///< of the attempt that served
  std::optional<Millis> connect;  ///< of that attempt; unset: a kept connection was used
  chat::Usage usage;
  std::vector<FailedAttempt> failed_attempts;
  std::string
      explain_json;  ///< the routing record; may be dropped when the queue is under pressure
};

enum class BookingState : std::uint8_t {
  open,      ///< reserved; found open at start, it counts as used
  settled,   ///< tokens are what the provider reported
  refunded,  ///< never accepted upstream: counts for nothing
};

/// The client left before it had its answer: before any of it (status 499), or in its middle.
[[nodiscard]] inline bool is_cancelled(const RequestRecord& record) {
  constexpr int kClientGone = 499;
  return record.status == kClientGone || record.error_code == "client_closed_request";
}
/// The client has its whole answer. A stream that broke off was answered with 200, too.
[[nodiscard]] inline bool is_served(const RequestRecord& record) {
  return record.status < 400 && record.error_code.empty();
}

/// One line of the quota journal. Written when reserved and again under the same id when settled or
/// refunded.
struct QuotaBooking {
  /// Positive, rising, never used again, also not by a later process. Negative in load_bookings()'s
  /// sums.
  std::int64_t id = 0;
  RouteIds route;
  WallTime at;
  BookingState state = BookingState::open;
  std::int64_t requests = 1;  ///< more than one only in what load_bookings() sums up per past day
  std::int64_t tokens = 0;
};

/// What the router knows about one scope beyond its usage. Each replaces what was stored for the
/// same scope and ids; ids outside the scope are zero.
struct StoredCooldown {
  chat::Scope scope = chat::Scope::model_key;
  RouteIds route;
  chat::FailureClass cause = chat::FailureClass::rate_limited;
  bool stated = false;
  WallTime since;
  WallTime until;  ///< <= since: cleared
  int quota_strikes = 0;
  int fault_strikes = 0;
  std::string message;  ///< the provider's words, scrubbed; cut at 200 bytes
};
struct StoredLimit {
  chat::Scope scope = chat::Scope::model_key;
  RouteIds route;
  chat::LimitMetric metric = chat::LimitMetric::requests;
  chat::LimitWindow window = chat::LimitWindow::minute;
  std::int64_t count = 0;  ///< < 0: forgotten
  WallTime at;             ///< when the provider said so
};
struct StoredPenalty {
  RouteIds route;  ///< platform and model
  int points = 0;  ///< 0: cleared
  WallTime hit;
};
using RoutingNote = std::variant<StoredCooldown, StoredLimit, StoredPenalty>;

}  // namespace freellm::store
