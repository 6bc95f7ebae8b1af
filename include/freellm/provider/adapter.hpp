#pragma once
// Adapter: translates between OpenAI chat completions and one provider's wire format.
//
// Stateless, thread-safe, pure over bytes: no sockets, no clock. Per-attempt state lives in the
// ResponseDecoder an adapter makes. Both are tested from captured-looking traffic cut at every
// byte.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "freellm/base/clock.hpp"
#include "freellm/base/result.hpp"
#include "freellm/catalog/types.hpp"
#include "freellm/chat/delta.hpp"
#include "freellm/chat/request.hpp"
#include "freellm/chat/upstream_failure.hpp"
#include "freellm/provider/upstream_request.hpp"
#include "freellm/wire/headers.hpp"

namespace freellm::provider {

/// The route an attempt takes. Borrows everything; valid for the attempt.
struct Route {
  const catalog::Platform& platform;
  const catalog::Model& model;
  std::string_view key;           ///< plain text; empty = anonymous
  const wire::BaseUrl& base_url;  ///< the one of the platform's URLs to use
};

/// What a decoder concluded about the answer it was fed.
enum class BodyKind : std::uint8_t {
  event_stream,  ///< text/event-stream
  json,          ///< one JSON document
};

/// Turns one answer's body into deltas. feed() may be called with any split of the bytes; the
/// deltas put together never depend on the split. An error ends the attempt: failure() then says
/// what it means.
class ResponseDecoder {
 public:
  virtual ~ResponseDecoder() = default;
  /// Returns an error on an in-band failure, nonsense beyond tolerance, or a bound exceeded.
  [[nodiscard]] virtual Status feed(std::string_view body_bytes, chat::DeltaSink& out) = 0;
  /// The body ended. Error when it was cut short: no finish reason and no terminator.
  [[nodiscard]] virtual Status finish(chat::DeltaSink& out) = 0;
  /// The stream said it is over ([DONE] or the like); nothing after it matters.
  [[nodiscard]] virtual bool complete() const = 0;
  /// After an error from feed() or finish(): the classified failure.
  [[nodiscard]] virtual const chat::UpstreamFailure& failure() const = 0;
  /// True when the last feed() held only liveness (comments, pings): resets the stall timer, is not
  /// a first token.
  [[nodiscard]] virtual bool only_liveness() const { return false; }
};

/// What a key probe's answer says.
enum class KeyVerdict : std::uint8_t { valid, invalid, inconclusive };

struct KeyCheck {
  KeyVerdict verdict = KeyVerdict::inconclusive;
  std::string reason;  ///< in plain words, without the key
  /// Valid keys of platforms with several URLs: the one that took it.
  std::optional<wire::BaseUrl> base_url = {};
};

class Adapter {
 public:
  virtual ~Adapter() = default;

  /// Builds the whole HTTP request. Never changes `request`: failover encodes it again for the next
  /// route.
  [[nodiscard]] virtual Result<UpstreamRequest> encode(const chat::ChatRequest& request,
                                                       const Route& route) const = 0;

  /// A decoder for a 2xx answer. `body` as told by the Content-Type: a JSON answer to a streaming
  /// request is legal and is decoded all the same.
  [[nodiscard]] virtual std::unique_ptr<ResponseDecoder> make_decoder(
      const chat::ChatRequest& request, const Route& route, BodyKind body) const = 0;

  /// Explains a non-2xx answer (body cut at 64 KiB).
  [[nodiscard]] virtual chat::UpstreamFailure classify(int status, const wire::HeaderList& headers,
                                                       std::string_view body, const Route& route,
                                                       Now now) const = 0;

  /// Rate-limit state stated on any answer. Empty when the platform sends none.
  [[nodiscard]] virtual std::vector<chat::LimitObservation> observe_limits(
      const Route& route, const wire::HeaderList& headers, Now now) const = 0;

  /// The requests that tell whether a key is good, to be sent in order until one is conclusive.
  [[nodiscard]] virtual std::vector<UpstreamRequest> key_probes(const Route& route) const = 0;
  /// What the answer to probe number `probe` of key_probes() says.
  [[nodiscard]] virtual KeyCheck judge_key(const Route& route, std::size_t probe, int status,
                                           const wire::HeaderList& headers,
                                           std::string_view body) const = 0;
};

/// The adapter for a platform's wire format. Never null; the objects live as long as the process.
[[nodiscard]] const Adapter& adapter_for(const catalog::Platform& platform);

}  // namespace freellm::provider
