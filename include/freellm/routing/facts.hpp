#pragma once
// RequestFacts: what routing needs to know about one request. A bundle of views: whatever they
// point into (normally the ChatRequest and the session) must live as long as the AttemptPlanner
// made from it.

#include <optional>
#include <string_view>

#include "freellm/base/clock.hpp"
#include "freellm/chat/request.hpp"

namespace freellm::routing {

struct RequestFacts {
  std::string_view request_id = {};
  std::string_view selector = {};  ///< the client's `model`; empty means "auto"
  chat::RequestNeeds needs = {};
  bool assistant_turn = false;       ///< history holds one: the sticky session is read only then
  bool tool_loop = false;            ///< history holds tool calls: stickiness is strong
  std::string_view client_key = {};  ///< anything that tells clients apart; only its hash is kept
  std::string_view session_id = {};  ///< X-Session-Id, or empty
  std::string_view first_user_message = {};
  std::optional<Millis> max_wait = {};  ///< X-Max-Wait; replaces RoutingOptions::max_wait
};

/// Facts of a parsed request; fill in client_key, session_id and max_wait afterwards.
[[nodiscard]] inline RequestFacts facts_of(const chat::ChatRequest& request,
                                           std::string_view request_id) {
  return {.request_id = request_id,
          .selector = request.model,
          .needs = request.needs,
          .assistant_turn = request.traits.assistant_turn,
          .tool_loop = request.traits.tool_history,
          .first_user_message = request.first_user_message};
}

}  // namespace freellm::routing
