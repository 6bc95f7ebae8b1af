#include "freellm/wire/url.hpp"

#include <gtest/gtest.h>

namespace freellm::wire {
namespace {

TEST(BaseUrl, SplitsOriginAndPrefix) {
  const auto url = parse_base_url("https://API.Example.com/openai/v1/");

  ASSERT_TRUE(url);
  EXPECT_EQ(url->origin, (Origin{Scheme::https, "api.example.com", 443}));
  EXPECT_EQ(url->prefix, "/openai/v1");
}

TEST(BaseUrl, TakesPortsAndDefaults) {
  EXPECT_EQ(parse_base_url("http://localhost")->origin.port, 80);
  EXPECT_EQ(parse_base_url("http://localhost:11434")->origin.port, 11434);
  EXPECT_EQ(parse_base_url("https://h:65535/")->origin.port, 65535);
}

TEST(BaseUrl, TakesIpv6LiteralsWithoutTheirBrackets) {
  const auto url = parse_base_url("http://[::1]:8080/v1");

  ASSERT_TRUE(url);
  EXPECT_EQ(url->origin.host, "::1");
  EXPECT_EQ(url->origin.host_header(), "[::1]:8080");
  EXPECT_EQ(url->origin.to_string(), "http://[::1]:8080");
}

TEST(Origin, HostHeaderLeavesOutTheDefaultPort) {
  EXPECT_EQ((Origin{Scheme::https, "h.example", 443}).host_header(), "h.example");
  EXPECT_EQ((Origin{Scheme::https, "h.example", 80}).host_header(), "h.example:80");
}

struct BadUrl {
  const char* url;
  const char* reason;
};
class BadBaseUrl : public ::testing::TestWithParam<BadUrl> {};

TEST_P(BadBaseUrl, IsRefusedWithTheReason) {
  const auto url = parse_base_url(GetParam().url);

  ASSERT_FALSE(url) << GetParam().url;
  EXPECT_NE(url.error().message.find(GetParam().reason), std::string::npos) << url.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    All, BadBaseUrl,
    ::testing::Values(BadUrl{"", "begin with"}, BadUrl{"api.example.com/v1", "begin with"},
                      BadUrl{"ftp://h/", "begin with"}, BadUrl{"file:///etc/passwd", "begin with"},
                      BadUrl{"https://", "no host"}, BadUrl{"https:///v1", "no host"},
                      BadUrl{"https://user:pw@h/", "user name"}, BadUrl{"https://h/?a=1", "query"},
                      BadUrl{"https://h/#x", "fragment"}, BadUrl{"https://h\r\nX: y", "control"},
                      BadUrl{"https://h /", "space"}, BadUrl{"https://h\\@evil/", "backslash"},
                      BadUrl{"https://h:0/", "port"}, BadUrl{"https://h:65536/", "port"},
                      BadUrl{"https://h:/", "port"}, BadUrl{"https://h:8x/", "port"},
                      BadUrl{"https://h:-1/", "port"}, BadUrl{"https://[::1/", "no host"},
                      BadUrl{"https://[zz::1]/", "malformed"}, BadUrl{"https://[::1]x/", "port"},
                      BadUrl{"https://a..b/", "malformed"}, BadUrl{"https://a%2eb/", "malformed"},
                      BadUrl{"https://h/a/../b", "dot segment"},
                      BadUrl{"https://h/%zz", "escape"}));

TEST(RequestTarget, SplitsPathAndQuery) {
  const auto target = parse_target("/v1/models?limit=5&x=?");

  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/v1/models");
  EXPECT_EQ(target->query, "limit=5&x=?");
}

TEST(RequestTarget, DecodesThePathOnly) {
  const auto target = parse_target("/v1/models/meta%2Fllama%20x?q=%20");

  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/v1/models/meta/llama x");
  EXPECT_EQ(target->query, "q=%20");
}

TEST(RequestTarget, NormalisesAbsoluteForm) {
  EXPECT_EQ(parse_target("http://host:80/v1/x?y")->path, "/v1/x");
  EXPECT_EQ(parse_target("HTTP://host")->path, "/");
  const auto only_query = parse_target("http://host?a=b");
  ASSERT_TRUE(only_query);
  EXPECT_EQ(only_query->path, "/");
  EXPECT_EQ(only_query->query, "a=b");
}

class BadTarget : public ::testing::TestWithParam<const char*> {};

TEST_P(BadTarget, IsRefused) {
  const auto target = parse_target(GetParam());

  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().http_status, 400);
}

INSTANTIATE_TEST_SUITE_P(All, BadTarget,
                         ::testing::Values("", "*", "v1/models", "host:443", "?x=1", "http://",
                                           "http:///x", "/a b", "/%", "/%4", "/%zz", "/%00",
                                           "/a%0d%0aX", "/a#b", "/../etc", "/a/%2e%2e/b", "/a/.",
                                           "/a%2f..%2fb", "/\x7f", "/\xc3\xa9"));

TEST(QueryValue, FindsAndDecodes) {
  EXPECT_EQ(query_value("a=1&model=meta%2Fllama+3&flag", "model"), "meta/llama 3");
  EXPECT_EQ(query_value("a=1&flag", "flag"), "");
  EXPECT_EQ(query_value("a=1", "b"), std::nullopt);
  EXPECT_EQ(query_value("a=%zz", "a"), std::nullopt);
  EXPECT_EQ(query_value("a=first&a=second", "a"), "first");
  EXPECT_EQ(query_value("&&a==&", "a"), "=");
}

}  // namespace
}  // namespace freellm::wire
