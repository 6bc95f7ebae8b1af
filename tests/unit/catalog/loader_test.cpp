#include "freellm/catalog/loader.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace freellm::catalog {
namespace {

using nlohmann::json;

json small_document() {
  return json::parse(R"({
    "version": "2026-01-02",
    "platforms": [
      {"slug": "alpha", "name": "Alpha", "wire": "openai", "base_url": "https://alpha.example/v1",
       "alternate_base_urls": ["https://alpha2.example/v1"], "signup_url": "https://alpha.example/keys",
       "key_format": "al-…", "keyless": true, "data_use": "none", "notes": "a note",
       "timeouts": {"first_byte_ms": 180000},
       "limits": [{"metric": "requests", "window": "hour", "count": 200, "scope": "platform"},
                  {"metric": "concurrency", "count": 1, "scope": "key"}],
       "limits_source": "docs", "limits_date": "2026-01-01"}
    ],
    "models": [
      {"platform": "alpha", "id": "vendor/one:free", "name": "one", "display_name": "One",
       "intelligence_rank": 3, "speed_rank": 9, "context_window": 8192, "max_output_tokens": 1024,
       "capabilities": ["tools", "json_schema"],
       "limits": [{"metric": "tokens", "window": "day", "count": 1000, "scope": "model_key", "reset": "pacific"}],
       "limits_source": "docs", "limits_date": "2026-01-01"},
      {"platform": "alpha", "id": "two", "name": "two", "display_name": "Two", "enabled": false,
       "disabled_reason": "shut down"}
    ]
  })");
}

std::vector<Problem> problems_of(const json& document) {
  std::vector<Problem> problems;
  EXPECT_FALSE(parse_catalog(document.dump(), &problems)) << "nothing was found wrong";
  return problems;
}

/// Applies `patch` (RFC 6902) to the small document and expects exactly one problem, at `pointer`.
void expect_problem(const std::string& patch, const std::string& pointer,
                    const std::string& words) {
  const auto problems = problems_of(small_document().patch(json::parse(patch)));
  ASSERT_EQ(problems.size(), 1U) << problems[0].pointer << " " << problems[0].what;
  EXPECT_EQ(problems[0].pointer, pointer);
  EXPECT_NE(problems[0].what.find(words), std::string::npos) << problems[0].what;
}

constexpr const char* kExtension = R"({
    "extends": "built-in", "version": "2026-01-03",
    "platforms": [{"slug": "nova", "name": "Nova", "wire": "openai", "base_url": "https://nova.example/v1",
                   "quirks": "groq"}],
    "models": [{"platform": "nova", "id": "nova-1", "name": "nova-1", "display_name": "Nova 1", "intelligence_rank": 2}],
    "quirks": {"zeta": {"chat_path": "/z"}, "alpha": {"extends": "zeta"}}
  })";

json extension() { return json::parse(kExtension); }

TEST(ExtendCatalog, AddsToWhatIsBuiltIn) {
  const auto built_in = parse_catalog(embedded_catalog());
  const auto catalog = parse_catalog(extension().dump());

  ASSERT_TRUE(catalog) << catalog.error().message;
  EXPECT_EQ(catalog->version, "2026-01-03");
  EXPECT_EQ(catalog->platforms.size(), built_in->platforms.size() + 1);
  EXPECT_EQ(catalog->platforms.back().quirks, "groq");
  EXPECT_EQ(catalog->models.size(), built_in->models.size() + 1);
}

TEST(ExtendCatalog, PutsANewModelWhereItsRankBelongs) {
  const auto catalog = parse_catalog(extension().dump());

  ASSERT_TRUE(catalog);
  for (std::size_t i = 0; i < catalog->models.size(); ++i) {
    const auto& model = catalog->models[i];
    EXPECT_EQ(model.position, static_cast<std::int32_t>(i));
    EXPECT_EQ(model.id, ModelId{static_cast<std::int32_t>(i) + 1});
    if (model.upstream_id != "nova-1") continue;
    ASSERT_GT(i, 0U);
    EXPECT_LE(catalog->models[i - 1].intelligence_rank, 2);
    EXPECT_GT(catalog->models[i + 1].intelligence_rank, 2);
  }
}

TEST(ExtendCatalog, ReplacesABuiltInEntryOnceOnly) {
  auto document = extension();
  auto groq = document["platforms"][0];
  groq["slug"] = "groq";
  document["platforms"].push_back(groq);
  const auto catalog = parse_catalog(document.dump());
  ASSERT_TRUE(catalog) << catalog.error().message;
  EXPECT_EQ(find_platform(const_cast<Catalog&>(*catalog), "groq")->name, "Nova");

  document["platforms"].push_back(groq);

  const auto problems = problems_of(document);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].pointer, "/platforms/2/slug");
}

TEST(ExtendCatalog, KeepsTheOrderOfQuirkSets) {
  const auto catalog = parse_catalog(kExtension);

  ASSERT_TRUE(catalog);
  EXPECT_EQ(catalog->quirks, R"({"zeta":{"chat_path":"/z"},"alpha":{"extends":"zeta"}})");
  EXPECT_EQ(parse_catalog(small_document().dump())->quirks, "");
}

TEST(ParseCatalog, ReadsAPlatform) {
  const auto catalog = parse_catalog(small_document().dump());

  ASSERT_TRUE(catalog) << catalog.error().message;
  ASSERT_EQ(catalog->platforms.size(), 1U);
  const auto& platform = catalog->platforms[0];
  EXPECT_EQ(platform.id, PlatformId{1});
  EXPECT_EQ(platform.slug, "alpha");
  EXPECT_EQ(platform.quirks, "alpha");
  EXPECT_EQ(platform.wire, WireFormat::openai);
  EXPECT_EQ(platform.base_url.origin.host, "alpha.example");
  EXPECT_EQ(platform.base_url.prefix, "/v1");
  EXPECT_EQ(platform.alternate_base_urls.size(), 1U);
  EXPECT_TRUE(platform.keyless);
  EXPECT_TRUE(platform.enabled);
  EXPECT_FALSE(platform.custom);
  EXPECT_EQ(platform.timeouts.first_byte, std::chrono::seconds{180});
  EXPECT_EQ(platform.timeouts.connect, Timeouts{}.connect);
  EXPECT_EQ(platform.provenance.source, "docs");
  ASSERT_EQ(platform.limits.size(), 2U);
  EXPECT_EQ(platform.limits[0], (Limit{.metric = LimitMetric::requests,
                                       .window = LimitWindow::hour,
                                       .count = 200,
                                       .scope = Scope::platform}));
  EXPECT_EQ(platform.limits[1].metric, LimitMetric::concurrency);
}

TEST(ParseCatalog, ReadsAModel) {
  const auto catalog = parse_catalog(small_document().dump());

  ASSERT_TRUE(catalog);
  const auto& model = catalog->models.at(0);
  EXPECT_EQ(model.id, ModelId{1});
  EXPECT_EQ(model.platform, PlatformId{1});
  EXPECT_EQ(model.upstream_id, "vendor/one:free");
  EXPECT_EQ(model.logical_name, "one");
  EXPECT_EQ(model.intelligence_rank, 3);
  EXPECT_EQ(model.speed_rank, 9);
  EXPECT_EQ(model.context_window, 8192);
  EXPECT_EQ(model.max_output_tokens, 1024);
  EXPECT_TRUE(model.capabilities.tools);
  EXPECT_TRUE(model.capabilities.json_schema);
  EXPECT_FALSE(model.capabilities.vision);
  EXPECT_EQ(model.limits.at(0).reset, DayReset::pacific);
  EXPECT_EQ(model.position, 0);
}

TEST(ParseCatalog, KeepsARetiredModelWithItsReason) {
  const auto catalog = parse_catalog(small_document().dump());

  ASSERT_TRUE(catalog);
  EXPECT_FALSE(catalog->models.at(1).enabled);
  EXPECT_EQ(catalog->models.at(1).disabled_reason, "shut down");
}

TEST(ParseCatalog, SaysWhereTheJsonBreaks) {
  const auto catalog = parse_catalog("{\n  \"version\": oops\n}");

  ASSERT_FALSE(catalog);
  EXPECT_EQ(catalog.error().kind, ErrorKind::configuration);
  EXPECT_NE(catalog.error().message.find("line 2"), std::string::npos) << catalog.error().message;
}

TEST(ParseCatalog, SurvivesHostileDocuments) {
  for (const std::string& text :
       {std::string{}, std::string{"null"}, std::string{"[]"}, std::string{"{}"},
        std::string(100'000, '['), std::string(5U << 20, ' '), std::string{"\xff\xfe"},
        std::string{R"({"platforms": {}, "models": 3})"}}) {
    EXPECT_FALSE(parse_catalog(text)) << text.substr(0, 40);
  }
}

TEST(ParseCatalog, CollectsEveryProblem) {
  auto document = small_document();
  document["platforms"][0]["wire"] = "telepathy";
  document["models"][0]["context_window"] = -1;
  document["models"][1]["platform"] = "nowhere";

  const auto problems = problems_of(document);

  ASSERT_EQ(problems.size(), 3U);
  EXPECT_EQ(problems[0].pointer, "/platforms/0/wire");
  EXPECT_EQ(problems[1].pointer, "/models/0/context_window");
  EXPECT_EQ(problems[2].pointer, "/models/1/platform");
}

TEST(ParseCatalog, NamesTheFirstProblemAndTheNumberOfOthers) {
  auto document = small_document();
  document["platforms"][0]["wire"] = "telepathy";
  document["models"][0]["context_window"] = -1;

  const auto catalog = parse_catalog(document.dump());

  EXPECT_NE(catalog.error().message.find("/platforms/0/wire"), std::string::npos);
  EXPECT_NE(catalog.error().message.find("1 more"), std::string::npos);
}

TEST(ParseCatalog, StopsCollectingAtItsBound) {
  auto document = small_document();
  for (int i = 0; i < 500; ++i) document["models"].push_back(json::object());

  EXPECT_EQ(problems_of(document).size(), 100U);
}

TEST(ParseCatalog, RefusesAnUnknownMember) {
  expect_problem(R"([{"op": "add", "path": "/models/0/rpm", "value": 3}])", "/models/0/rpm",
                 "unknown");
}

TEST(ParseCatalog, RefusesAMissingBaseUrl) {
  expect_problem(R"([{"op": "remove", "path": "/platforms/0/base_url"}])", "/platforms/0/base_url",
                 "missing");
}

TEST(ParseCatalog, RefusesABadUrl) {
  expect_problem(
      R"([{"op": "replace", "path": "/platforms/0/alternate_base_urls/0", "value": "ftp://x"}])",
      "/platforms/0/alternate_base_urls/0", "");
}

TEST(ParseCatalog, RefusesABadSlug) {
  auto document = small_document();
  document["platforms"][0]["slug"] = "Al pha";
  document["models"] = json::array();

  EXPECT_EQ(problems_of(document).at(0).pointer, "/platforms/0/slug");
}

TEST(ParseCatalog, RefusesTwoPlatformsOfOneSlug) {
  auto document = small_document();
  document["platforms"].push_back(document["platforms"][0]);

  EXPECT_EQ(problems_of(document).at(0),
            (Problem{"/platforms/1/slug", "another platform has it already"}));
}

TEST(ParseCatalog, RefusesAModelTwiceOnOnePlatform) {
  expect_problem(R"([{"op": "replace", "path": "/models/1/id", "value": "vendor/one:free"}])",
                 "/models/1/id", "already");
}

TEST(ParseCatalog, RefusesADisabledModelWithoutAReason) {
  expect_problem(R"([{"op": "remove", "path": "/models/1/disabled_reason"}])",
                 "/models/1/disabled_reason", "why");
}

TEST(ParseCatalog, RefusesLimitsWithoutASource) {
  expect_problem(R"([{"op": "remove", "path": "/models/0/limits_source"}])",
                 "/models/0/limits_source", "source");
}

TEST(ParseCatalog, RefusesASharedScopeOnAModel) {
  expect_problem(R"([{"op": "replace", "path": "/models/0/limits/0/scope", "value": "key"}])",
                 "/models/0/limits/0/scope", "model_key");
}

TEST(ParseCatalog, RefusesAModelsScopeOnAPlatform) {
  expect_problem(
      R"([{"op": "replace", "path": "/platforms/0/limits/0/scope", "value": "model_key"}])",
      "/platforms/0/limits/0/scope", "shared");
}

TEST(ParseCatalog, RefusesAResetOfAShortWindow) {
  expect_problem(R"([{"op": "add", "path": "/platforms/0/limits/0/reset", "value": "utc"}])",
                 "/platforms/0/limits/0/reset", "day and month");
}

TEST(ParseCatalog, RefusesTheSameLimitTwice) {
  auto document = small_document();
  document["platforms"][0]["limits"].push_back(document["platforms"][0]["limits"][0]);

  EXPECT_EQ(problems_of(document).at(0).pointer, "/platforms/0/limits/2");
}

TEST(ParseCatalog, RefusesNumbersBeyondTheirRange) {
  for (const char* value : {"-1", "1.5", "\"7\"", "18446744073709551615", "null"}) {
    expect_problem(
        std::string{R"([{"op": "replace", "path": "/models/0/limits/0/count", "value": )"} + value +
            "}]",
        "/models/0/limits/0/count", "integer");
  }
}

TEST(ParseCatalog, RefusesControlCharactersInTexts) {
  expect_problem(R"([{"op": "replace", "path": "/models/0/id", "value": "a\r\nHost: b"}])",
                 "/models/0/id", "control");
}

TEST(Limits, SurviveARoundTripThroughJson) {
  const std::vector<Limit> limits{
      {.metric = LimitMetric::tokens,
       .window = LimitWindow::day,
       .count = 5,
       .scope = Scope::key,
       .reset = DayReset::utc},
      {.metric = LimitMetric::requests, .window = LimitWindow::minute, .count = 30},
      {.metric = LimitMetric::concurrency,
       .window = LimitWindow::second,
       .count = 1,
       .scope = Scope::platform}};

  const auto parsed = parse_limits(limits_to_json(limits));

  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(*parsed, limits);
}

TEST(Limits, AreRefusedWithTheirPlace) {
  const auto parsed =
      parse_limits(R"([{"metric": "requests", "window": "minute", "count": -3, "scope": "key"}])");

  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().message.find("/0/count"), std::string::npos) << parsed.error().message;
}

}  // namespace
}  // namespace freellm::catalog
