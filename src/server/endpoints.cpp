// The table of everything the daemon answers to.
#include <array>

#include "freellm/proxy/chat_endpoint.hpp"
#include "freellm/proxy/model_endpoints.hpp"
#include "freellm/server/endpoint.hpp"
#include "health.hpp"

namespace freellm::server {

std::span<const Endpoint> endpoints() {
  // Literal paths stand before patterns that would match them too.
  static constexpr std::array kEndpoints{
      Endpoint{"POST", "/v1/chat/completions", Protection::client_key, &proxy::serve_chat},
      Endpoint{"GET", "/v1/models", Protection::client_key, &proxy::serve_model_list},
      Endpoint{"GET", "/v1/models/{id}", Protection::client_key, &proxy::serve_model},
      Endpoint{"GET", "/v1/availability", Protection::client_key, &proxy::serve_availability},
      Endpoint{"GET", "/v1/requests/{id}/explain", Protection::client_key, &proxy::serve_explain},
      Endpoint{"GET", "/livez", Protection::none, &serve_live},
      Endpoint{"GET", "/readyz", Protection::none, &serve_ready},
      Endpoint{"GET", "/", Protection::none, &serve_root},
  };
  return kEndpoints;
}

}  // namespace freellm::server
