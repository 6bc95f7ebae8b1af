#include "freellm/provider/quirks.hpp"

#include <gtest/gtest.h>

#include "freellm/provider/native.hpp"

namespace freellm::provider {
namespace {

constexpr const char* kPlatforms[] = {"common", "openai", "groq",         "cerebras", "openrouter",
                                      "kilo",   "github", "sambanova",    "mistral",  "zhipu",
                                      "nvidia", "ollama", "pollinations", "llm7"};

std::string refusal(std::string_view rows) {
  const auto parsed = parse_quirks(rows);
  return parsed ? "" : parsed.error().message;
}

TEST(Quirks, KnowsEveryPlatformOfThisDialect) {
  for (const auto* name : kPlatforms) EXPECT_NE(find_quirks(name), nullptr) << name;
}

TEST(Quirks, StateAReasonForEveryParameterRule) {
  for (const auto* name : kPlatforms) {
    for (const auto& rule : find_quirks(name)->params)
      EXPECT_FALSE(rule.why.empty()) << name << " " << rule.param;
  }
}

TEST(Quirks, ProbeEveryPlatformsKeys) {
  for (const auto* name : kPlatforms) {
    if (std::string_view(name) == "common") continue;
    EXPECT_FALSE(find_quirks(name)->key_probes.empty()) << name;
  }
}

TEST(Quirks, NameTheSetAndTheMemberThatIsWrong) {
  EXPECT_EQ(refusal(R"({"platforms":{"x":{"parms":[]}}})"),
            "quirk table: x: unknown member \"parms\"");
  EXPECT_EQ(refusal(R"({"platforms":{"x":{"params":[{"param":"n","drop":true}]}}})"),
            "quirk table: x/params/0: a parameter rule needs \"why\"");
  EXPECT_EQ(refusal(R"({"platforms":{"x":{"params":[{"param":"n","why":"w"}]}}})"),
            "quirk table: x/params/0: a parameter rule needs exactly one action");
  EXPECT_EQ(
      refusal(
          R"({"platforms":{"x":{"params":[{"param":"n","drop":true,"when":["often"],"why":"w"}]}}})"),
      "quirk table: x/params/0/when/0: when \"often\" is unknown");
  EXPECT_EQ(refusal(R"({"platforms":{"x":{"errors":[{"status":[429],"class":"tired"}]}}})"),
            "quirk table: x/errors/0: class \"tired\" is unknown");
  EXPECT_EQ(refusal(R"({"platforms":{"x":{"extends":"nobody"}}})"),
            "quirk table: x: extends \"nobody\", which is not known here");
  EXPECT_NE(refusal("{"), "");
  EXPECT_NE(refusal("[]"), "");
  EXPECT_NE(refusal(R"({"platforms":{"x":7}})"), "");
}

TEST(CatalogQuirks, SayWhereInTheFileSomethingIsWrong) {
  const auto refusal_of = [](std::string_view rows) {
    const auto parsed = parse_catalog_quirks(rows);
    return parsed ? std::string{} : parsed.error().message;
  };
  EXPECT_EQ(
      refusal_of(
          R"({"x":{"params":[{"param":"a","drop":true,"why":"w"},{"param":"n","dorp":true}]}})"),
      "/quirks/x/params/1: unknown member \"dorp\"");
  EXPECT_EQ(refusal_of(R"({"x":{"errors":[{"status":[418],"class":"tired"}]}})"),
            "/quirks/x/errors/0: class \"tired\" is unknown");
  EXPECT_EQ(refusal_of(R"({"x":{"headers":{"X-A":"b\r\nc"}}})"),
            "/quirks/x: headers: control characters in a value");
  EXPECT_EQ(refusal_of(R"({"x":{"headers":{"X A":"b"}}})"),
            "/quirks/x: headers: \"X A\" is no field name");
  EXPECT_EQ(refusal_of(R"({"x":{"chat_path":"chat"}})"),
            "/quirks/x: chat_path must be a path that starts with /");
  EXPECT_NE(refusal_of(R"({"common":{}})").find("/quirks/common: "), std::string::npos);
  EXPECT_NE(refusal_of("[]"), "");
}

TEST(CatalogQuirks, ReplaceThoseOfTheCatalogBeforeAndNothingElse) {
  auto first = parse_catalog_quirks(
      R"({"groq":{"extends":"groq","chat_path":"/one"},"pier":{"chat_path":"/p"}})");
  ASSERT_TRUE(first) << first.error().message;
  const auto rows = find_quirks("groq")->params.size();
  replace_installed_quirks(std::move(*first));
  EXPECT_EQ(find_quirks("groq")->chat_path, "/one");
  EXPECT_EQ(find_quirks("groq")->params.size(), rows) << "extends the built-in set, not itself";

  auto second = parse_catalog_quirks(R"({"quay":{"extends":"groq"}})");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->front().chat_path, "/chat/completions");
  replace_installed_quirks(std::move(*second));

  EXPECT_EQ(find_quirks("groq")->chat_path, "/chat/completions");
  EXPECT_EQ(find_quirks("pier"), nullptr);
  EXPECT_NE(find_quirks("quay"), nullptr);
  replace_installed_quirks({});
}

TEST(Quirks, InheritRowsWithOwnErrorsFirst) {
  const auto* kilo = find_quirks("kilo");
  const auto* openrouter = find_quirks("openrouter");

  ASSERT_GT(kilo->errors.size(), openrouter->errors.size());
  EXPECT_EQ(kilo->errors.front().status, std::vector<int>{401});
  EXPECT_EQ(kilo->errors.back().why, openrouter->errors.back().why);
  EXPECT_EQ(kilo->headers.size(), openrouter->headers.size());
}

TEST(Quirks, ACustomEndpointIsNotThePlatformItIsNamedAfter) {
  catalog::Platform custom;
  custom.slug = "groq";
  custom.custom = true;

  EXPECT_EQ(quirks_for(custom).name, "openai");
}

TEST(Quirks, APlatformWithoutRowsSpeaksThePlainDialect) {
  catalog::Platform unknown;
  unknown.slug = "sixteenth";

  EXPECT_EQ(quirks_for(unknown).name, "openai");
}

TEST(Quirks, ASixteenthPlatformNeedsRowsOnly) {
  auto sets = parse_quirks(R"({"platforms":{"harbour":{"extends":"openai","why":"test",
    "headers":{"X-Harbour":"1"},"auth":"header","auth_header":"X-Key",
    "params":[{"param":"seed","rename":"random_state","why":"their word for it"},
              {"param":"top_k","clamp":{"min":1,"max":40},"why":"their range"}],
    "errors":[{"status":[418],"class":"provider_busy","scope":"model"}]}}})");
  ASSERT_TRUE(sets) << sets.error().message;
  install_quirks(std::move(*sets));
  catalog::Platform platform;
  platform.slug = "harbour";
  platform.base_url = *wire::parse_base_url("https://api.harbour.example/v2");
  catalog::Model model;
  model.upstream_id = "pier-1";
  const Route route{platform, model, "secret", platform.base_url};
  const auto request = chat::parse_chat_request(chat::PaddedBuffer::copy_of(
      R"({"model":"auto","messages":[{"role":"user","content":"hi"}],"seed":3,"top_k":90})"));
  ASSERT_TRUE(request);

  const auto encoded = adapter_for(platform).encode(*request, route);

  ASSERT_TRUE(encoded);
  EXPECT_EQ(
      encoded->body.flatten(),
      R"({"model":"pier-1","random_state":3,"top_k":40,"messages":[{"role":"user","content":"hi"}]})");
  EXPECT_NE(
      encoded->head.find("POST /v2/chat/completions HTTP/1.1\r\nHost: api.harbour.example\r\n"),
      std::string::npos);
  EXPECT_NE(encoded->head.find("\r\nX-Key: secret\r\n"), std::string::npos);
  EXPECT_EQ(encoded->head.find("Authorization"), std::string::npos);
  EXPECT_EQ(adapter_for(platform).classify(418, {}, "", route, ManualClock{}.now()).failure,
            chat::FailureClass::provider_busy);
}

TEST(Quirks, SetsStayValidWhenReplaced) {
  install_quirks({QuirkSet{.name = "ephemeral", .chat_path = "/one"}});
  const auto* before = find_quirks("ephemeral");
  install_quirks({QuirkSet{.name = "ephemeral", .chat_path = "/two"}});

  EXPECT_EQ(before->chat_path, "/one");
  EXPECT_EQ(find_quirks("ephemeral")->chat_path, "/two");
}

TEST(GlobMatch, TakesStarsForAnything) {
  EXPECT_TRUE(glob_match("openai/gpt-oss*", "openai/gpt-oss-120b"));
  EXPECT_TRUE(glob_match("*:free", "a/b:free"));
  EXPECT_TRUE(glob_match("a*b*c", "aXXbYYbZc"));
  EXPECT_TRUE(glob_match("*", ""));
  EXPECT_FALSE(glob_match("openai/o1*", "openai/gpt-4o1"));
  EXPECT_FALSE(glob_match("a*b", "abc"));
  EXPECT_FALSE(glob_match("", "a"));
}

TEST(GlobMatch, StaysLinearOnHostilePatterns) {
  const std::string text(20'000, 'a');
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "a*";

  EXPECT_FALSE(glob_match(pattern + "b", text));
}

}  // namespace
}  // namespace freellm::provider
