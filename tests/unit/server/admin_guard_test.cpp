#include "freellm/server/admin/guard.hpp"

#include <gtest/gtest.h>

namespace freellm::server::admin {
namespace {

wire::HeaderList headers_with(std::initializer_list<std::pair<const char*, const char*>> fields) {
  wire::HeaderList headers;
  for (const auto& [name, value] : fields) headers.add(name, value);
  return headers;
}

TEST(HostGuard, LetsInLocalhostAndIpLiteralsWithAnyPort) {
  for (const char* host : {"localhost", "LOCALHOST:3001", "app.localhost", "127.0.0.1:3001",
                           "192.0.2.7", "[::1]:3001"}) {
    EXPECT_TRUE(is_allowed_host(host, {})) << host;
  }
}

TEST(HostGuard, RefusesNamesThatOnlyLookLocal) {
  for (const char* host : {"evil.example", "localhost.evil.example", "evillocalhost",
                           "127.0.0.1.evil.example", "", "["}) {
    EXPECT_FALSE(is_allowed_host(host, {})) << host;
  }
}

TEST(HostGuard, LetsInConfiguredNames) {
  const std::vector<std::string> names{"llm.example.org"};

  EXPECT_TRUE(is_allowed_host("LLM.example.org:8443", names));
  EXPECT_FALSE(is_allowed_host("x.llm.example.org", names));
}

TEST(OriginGuard, TakesOurOwnOriginAndNone) {
  EXPECT_TRUE(is_own_origin(headers_with({{"Host", "localhost:3001"}})));
  EXPECT_TRUE(is_own_origin(
      headers_with({{"Host", "localhost:3001"}, {"Origin", "http://localhost:3001"}})));
}

TEST(OriginGuard, RefusesOtherPortsSitesAndSandboxes) {
  for (const char* origin : {"http://localhost:4000", "https://evil.example", "null"}) {
    EXPECT_FALSE(is_own_origin(headers_with({{"Host", "localhost:3001"}, {"Origin", origin}})))
        << origin;
  }
}

TEST(Cookies, AreFoundAmongOthersByTheirWholeName) {
  const auto headers =
      headers_with({{"Cookie", "xfreellmapi_session=no; a=b; freellmapi_session=yes"}});

  EXPECT_EQ(cookie(headers, kSessionCookie), "yes");
  EXPECT_EQ(cookie(headers, "session"), std::nullopt);
}

}  // namespace
}  // namespace freellm::server::admin
