// Encoding for OpenAI-like platforms. Private to the provider layer.
#pragma once

#include "freellm/provider/adapter.hpp"
#include "freellm/provider/quirks.hpp"
#include "freellm/provider/request_head.hpp"

namespace freellm::provider {

[[nodiscard]] Result<UpstreamRequest> encode_openai(const chat::ChatRequest& request,
                                                    const Route& route, const QuirkSet& quirks);

/// The message rules for this model; nullptr when the platform has none.
[[nodiscard]] const MessageRules* message_rules_for(const QuirkSet& quirks,
                                                    std::string_view model_id);

/// True when the client's messages cannot go out byte for byte.
[[nodiscard]] bool needs_canonical(const chat::MessageTraits& traits,
                                   const chat::HygieneOptions& options);

/// Where a request to `url` goes: a path is appended to the route's base URL. An absolute URL is
/// used only when its site (last two host labels) is the route's own; otherwise its path is asked
/// of the route's origin, so that a key never leaves the site it belongs to when the operator has
/// replaced the base URL.
struct Target {
  wire::Origin origin;
  std::string prefix;
  std::string path;
};
[[nodiscard]] Result<Target> resolve_target(const Route& route, std::string_view url);

/// A complete request with the platform's headers and credential. `body` empty = none.
[[nodiscard]] Result<UpstreamRequest> make_request(const Route& route, const QuirkSet& quirks,
                                                   std::string_view method, const Target& target,
                                                   Rope body);

}  // namespace freellm::provider
