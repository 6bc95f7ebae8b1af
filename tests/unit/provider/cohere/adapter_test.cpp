#include <gtest/gtest.h>

#include <string>

#include "freellm/provider/native.hpp"

namespace freellm::provider {
namespace {

TEST(CohereAdapter, AsksTheFirstApiVersionForModelsToCheckAKey) {
  catalog::Platform platform;
  platform.base_url = *wire::parse_base_url("https://api.cohere.com/v2");
  const catalog::Model model;
  const Route route{platform, model, "co-key", platform.base_url};

  const auto probes = cohere_adapter().key_probes(route);

  ASSERT_EQ(probes.size(), 1U);
  EXPECT_TRUE(probes[0].head.starts_with("GET /v1/models?page_size=1 HTTP/1.1\r\n"))
      << probes[0].head;
  EXPECT_NE(probes[0].head.find("\r\nAuthorization: Bearer co-key\r\n"), std::string::npos);
}

TEST(CohereAdapter, CondemnsAKeyOnlyWhenItIsRefused) {
  catalog::Platform platform;
  platform.base_url = *wire::parse_base_url("https://api.cohere.com/v2");
  const catalog::Model model;
  const Route route{platform, model, "co-key", platform.base_url};
  const auto verdict = [&](int status, std::string_view body) {
    return cohere_adapter().judge_key(route, 0, status, {}, body).verdict;
  };

  EXPECT_EQ(verdict(200, "{}"), KeyVerdict::valid);
  EXPECT_EQ(verdict(401, R"({"message":"Incorrect API key provided"})"), KeyVerdict::invalid);
  EXPECT_EQ(verdict(498, R"({"message":"invalid token"})"), KeyVerdict::invalid);
  EXPECT_EQ(verdict(429, R"({"message":"limited"})"), KeyVerdict::inconclusive);
  EXPECT_EQ(verdict(500, ""), KeyVerdict::inconclusive);
  EXPECT_EQ(cohere_adapter().judge_key(route, 5, 200, {}, "{}").verdict, KeyVerdict::inconclusive);
}

}  // namespace
}  // namespace freellm::provider
