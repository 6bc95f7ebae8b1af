#include <gtest/gtest.h>

#include "freellm/server/endpoint.hpp"

namespace freellm::server {
namespace {

TEST(Endpoints, EveryRouteOfTheApiIsProtected) {
  constexpr std::string_view kOpen[] = {"/api/auth/status", "/api/openapi.json", "/api/docs"};
  constexpr std::string_view kLogIn[] = {"/api/auth/setup", "/api/auth/login"};
  for (const auto& endpoint : endpoints()) {
    if (!endpoint.path.starts_with("/api/")) continue;
    const bool is_open =
        std::find(std::begin(kOpen), std::end(kOpen), endpoint.path) != std::end(kOpen);
    const bool is_log_in =
        std::find(std::begin(kLogIn), std::end(kLogIn), endpoint.path) != std::end(kLogIn);
    const auto wanted = is_open     ? Protection::admin_open
                        : is_log_in ? Protection::admin_log_in
                                    : Protection::admin_session;
    EXPECT_EQ(endpoint.protection, wanted) << endpoint.method << " " << endpoint.path;
  }
}

TEST(Endpoints, OnlyHealthAndThePageNeedNothing) {
  for (const auto& endpoint : endpoints()) {
    if (endpoint.protection != Protection::none) continue;
    EXPECT_TRUE(endpoint.path == "/" || endpoint.path == "/livez" || endpoint.path == "/readyz")
        << endpoint.path;
    EXPECT_EQ(endpoint.method, "GET") << endpoint.path;
  }
}

TEST(Endpoints, EachHasExactlyOneWayToAnswer) {
  for (const auto& endpoint : endpoints()) {
    EXPECT_NE(endpoint.handler == nullptr, endpoint.admin == nullptr) << endpoint.path;
  }
}

}  // namespace
}  // namespace freellm::server
