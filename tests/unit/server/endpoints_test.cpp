#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "freellm/server/endpoint.hpp"

namespace freellm::embedded {
extern const std::string_view openapi_json;
}

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
    constexpr std::string_view kForAnyone[] = {"/", "/livez", "/readyz", "/metrics"};
    EXPECT_NE(std::find(std::begin(kForAnyone), std::end(kForAnyone), endpoint.path),
              std::end(kForAnyone))
        << endpoint.path;
    EXPECT_EQ(endpoint.method, "GET") << endpoint.path;
  }
}

TEST(Endpoints, EachHasExactlyOneWayToAnswer) {
  for (const auto& endpoint : endpoints()) {
    EXPECT_NE(endpoint.handler == nullptr, endpoint.admin == nullptr) << endpoint.path;
  }
}

/// "GET /api/keys/{id}", whatever the description calls the id.
std::string name_of(std::string method, std::string_view path) {
  for (char& c : method) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  std::string name = method + " ";
  const auto open = path.find('{');
  if (open == std::string_view::npos) return name.append(path);
  return name.append(path.substr(0, open)).append("{id}").append(path.substr(path.find('}') + 1));
}

/// How the description says that an operation is protected.
std::string protection_of(const nlohmann::json& operation, bool is_safe) {
  const auto& security = operation.at("security");
  if (security.empty()) return "open";
  bool by_session = false;
  bool by_key = false;
  for (const auto& way : security) {
    by_session = by_session || (way.contains("session") && way.contains("csrf") != is_safe);
    by_key = by_key || way.contains("clientKey");
  }
  return by_session && !by_key ? "session" : by_key && !by_session ? "key" : "mixed";
}

std::string protection_of(Protection protection) {
  switch (protection) {
    case Protection::client_key:
      return "key";
    case Protection::admin_session:
      return "session";
    case Protection::none:
    case Protection::admin_open:
    case Protection::admin_log_in:
      break;
  }
  return "open";
}

std::map<std::string, std::string> described() {
  const auto description = nlohmann::json::parse(embedded::openapi_json);
  std::map<std::string, std::string> operations;
  for (const auto& [path, methods] : description["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      if (!operation.contains("responses")) continue;  // parameters of all methods
      operations[name_of(method, path)] = protection_of(operation, method == "get");
    }
  }
  return operations;
}

TEST(Endpoints, AreAllDescribedWithTheirProtection) {
  const auto operations = described();
  for (const auto& endpoint : endpoints()) {
    if (endpoint.path == "/") continue;  // the dashboard's page
    const auto name = name_of(std::string{endpoint.method}, endpoint.path);
    const auto found = operations.find(name);
    ASSERT_NE(found, operations.end()) << name << " is not in docs/openapi.json";
    EXPECT_EQ(found->second, protection_of(endpoint.protection)) << name;
  }
}

TEST(Endpoints, AreThereForEverythingThatIsDescribed) {
  std::set<std::string> there;
  for (const auto& endpoint : endpoints())
    there.insert(name_of(std::string{endpoint.method}, endpoint.path));
  for (const auto& [name, protection] : described()) {
    EXPECT_TRUE(there.contains(name)) << name;
  }
}

}  // namespace
}  // namespace freellm::server
