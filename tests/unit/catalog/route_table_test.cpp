#include "freellm/catalog/route_table.hpp"

#include <gtest/gtest.h>

namespace freellm::catalog {
namespace {

using Kind = ModelSelector::Kind;

Platform platform(std::int32_t id, std::string slug, bool keyless = false) {
  Platform entry;
  entry.id = PlatformId{id};
  entry.slug = std::move(slug);
  entry.keyless = keyless;
  return entry;
}

Model model(std::int32_t id, std::int32_t owner, std::string upstream_id,
            std::string logical_name) {
  Model entry;
  entry.id = ModelId{id};
  entry.platform = PlatformId{owner};
  entry.upstream_id = std::move(upstream_id);
  entry.logical_name = std::move(logical_name);
  entry.position = id;
  return entry;
}

ProviderKey key(std::int64_t id, std::int32_t owner, bool enabled = true,
                KeyState state = KeyState::valid) {
  ProviderKey entry;
  entry.id = KeyId{id};
  entry.platform = PlatformId{owner};
  entry.enabled = enabled;
  entry.state = state;
  return entry;
}

RouteTable table(std::vector<RouteTable::Alias> aliases = {}, std::vector<ProviderKey> keys = {}) {
  return RouteTable{
      {platform(1, "groq"), platform(2, "nvidia"), platform(3, "cerebras"),
       platform(4, "kilo", true)},
      {model(1, 1, "openai/gpt-oss-120b", "gpt-oss-120b"),
       model(2, 2, "openai/gpt-oss-120b", "gpt-oss-120b"),
       model(3, 3, "gpt-oss-120b", "gpt-oss-120b"),
       model(4, 1, "llama-3.3-70b-versatile", "llama-3.3-70b"),
       model(5, 4, "nvidia/nemotron:free", "nemotron"), model(6, 2, "nvidia/nemotron", "nemotron"),
       model(7, 3, "Mixed-Case", "mixed"), model(8, 2, "mixed-case", "other")},
      std::move(keys),
      std::move(aliases)};
}

std::vector<std::int32_t> ids(const ModelSelector& selector) {
  std::vector<std::int32_t> found;
  for (const auto* entry : selector.models) found.push_back(entry->id.value);
  return found;
}

using Ids = std::vector<std::int32_t>;

TEST(RouteTable, SelectsEveryModelForAuto) {
  const auto routes = table();

  EXPECT_EQ(routes.select("auto").kind, Kind::automatic);
  EXPECT_EQ(routes.select("auto").models.size(), 8U);
  EXPECT_EQ(routes.select("AUTO").kind, Kind::automatic);
}

TEST(RouteTable, SelectsALogicalNameOnEveryPlatformEvenIfItIsSomebodysUpstreamIdToo) {
  const auto selected = table().select("gpt-oss-120b");

  EXPECT_EQ(selected.kind, Kind::logical);
}

TEST(RouteTable, FindsTheModelsOfALogicalNameInFallbackOrder) {
  const auto routes = table();

  EXPECT_EQ(ids(routes.select("gpt-oss-120b")), (Ids{1, 2, 3}));
}

TEST(RouteTable, SelectsAnUpstreamIdWithASlashOnSeveralPlatformsThenTheSameModelElsewhere) {
  const auto routes = table();

  const auto selected = routes.select("openai/gpt-oss-120b");

  EXPECT_EQ(selected.kind, Kind::upstream);
  EXPECT_EQ(ids(selected), (Ids{1, 2, 3}));
}

TEST(RouteTable, NeverTurnsAnUpstreamIdIntoAnotherModel) {
  const auto routes = table();

  EXPECT_EQ(ids(routes.select("llama-3.3-70b-versatile")), (Ids{4}));
}

TEST(RouteTable, PinsAPlatform) {
  const auto routes = table();

  const auto selected = routes.select("nvidia/openai/gpt-oss-120b");

  EXPECT_EQ(selected.kind, Kind::pinned);
  EXPECT_EQ(ids(selected), (Ids{2}));
}

TEST(RouteTable, PinsAPlatformByTheLogicalName) {
  const auto routes = table();

  EXPECT_EQ(routes.select("groq/llama-3.3-70b").kind, Kind::pinned);
  EXPECT_EQ(ids(routes.select("groq/llama-3.3-70b")), (Ids{4}));
}

TEST(RouteTable, PinsRatherThanTakesAnUpstreamIdThatReadsTheSame) {
  const auto routes = table();

  // "nvidia/nemotron" is an upstream id, and also platform nvidia with the logical name nemotron.
  EXPECT_EQ(routes.select("nvidia/nemotron").kind, Kind::pinned);
  EXPECT_EQ(ids(routes.select("nvidia/nemotron")), (Ids{6}));
}

TEST(RouteTable, PrefersTheExactSpellingAndThenIgnoresCase) {
  const auto routes = table();

  EXPECT_EQ(ids(routes.select("Mixed-Case")), (Ids{7}));
  EXPECT_EQ(ids(routes.select("mixed-case")), (Ids{8}));
  EXPECT_EQ(ids(routes.select("MIXED-CASE")), (Ids{7, 8}));
  EXPECT_EQ(ids(routes.select("GPT-OSS-120B")), (Ids{1, 2, 3}));
}

TEST(RouteTable, DoesNotKnowPrefixesOrNothing) {
  const auto routes = table();

  for (const char* name :
       {"", "gpt-oss", "gpt-oss-120b ", "groq/", "groq", "/gpt-oss-120b", "nowhere/gpt-oss-120b"}) {
    EXPECT_EQ(routes.select(name).kind, Kind::unknown) << name;
    EXPECT_TRUE(routes.select(name).models.empty()) << name;
  }
}

TEST(RouteTable, ResolvesAnAliasToAuto) {
  EXPECT_EQ(table({{"gpt-4*", "auto"}}).select("gpt-4o-mini").kind, Kind::automatic);
}

TEST(RouteTable, PrefersAnExactAliasAndThenTheLongestPattern) {
  const auto routes =
      table({{"gpt-*", "auto"}, {"gpt-4*", "nemotron"}, {"gpt-4o", "llama-3.3-70b"}});

  EXPECT_EQ(ids(routes.select("gpt-4o")), (Ids{4}));
  EXPECT_EQ(ids(routes.select("gpt-4-turbo")), (Ids{5, 6}));
  EXPECT_EQ(routes.select("gpt-5").kind, Kind::automatic);
}

TEST(RouteTable, MatchesAPatternAtBothEndsWithoutOverlap) {
  const auto routes = table({{"aba*aba", "auto"}});

  EXPECT_EQ(routes.select("abaXaba").kind, Kind::automatic);
  EXPECT_EQ(routes.select("abaaba").kind, Kind::automatic);
  EXPECT_EQ(routes.select("aba").kind, Kind::unknown);
  EXPECT_EQ(routes.select("ababa").kind, Kind::unknown);
}

TEST(RouteTable, LetsAnAliasWinOverAModelOfThatName) {
  EXPECT_EQ(table({{"nemotron", "llama-3.3-70b"}}).select("nemotron").models.size(), 1U);
}

TEST(RouteTable, DoesNotFollowAliasesOfAliases) {
  const auto routes = table({{"a", "b"}, {"b", "a"}});

  EXPECT_EQ(routes.select("a").kind, Kind::unknown);
}

TEST(RouteTable, NeverLetsAnAliasShadowAuto) {
  EXPECT_EQ(table({{"*", "nemotron"}}).select("auto").kind, Kind::automatic);
}

TEST(RouteTable, IgnoresTheCaseOfAnAliasAndOfItsTarget) {
  EXPECT_EQ(ids(table({{"Claude-*", "LLAMA-3.3-70B"}}).select("claude-x")), (Ids{4}));
}

TEST(RouteTable, ListsUsableKeysInIdOrder) {
  const auto routes =
      table({}, {key(9, 1), key(3, 1), key(4, 1, false), key(5, 1, true, KeyState::invalid),
                 key(6, 1, true, KeyState::undecryptable), key(7, 1, true, KeyState::unknown),
                 key(8, 2)});

  std::vector<std::int64_t> usable;
  for (const auto& entry : routes.keys(PlatformId{1})) usable.push_back(entry.id.value);

  EXPECT_EQ(usable, (std::vector<std::int64_t>{3, 7, 9}));
}

TEST(RouteTable, UsesAKeylessPlatformAnonymouslyOnlyWithoutAUsableKey) {
  EXPECT_EQ(table().keys(PlatformId{4}).size(), 1U);
  EXPECT_EQ(table().keys(PlatformId{4})[0].id, kAnonymousKey);
  EXPECT_EQ(table({}, {key(5, 4)}).keys(PlatformId{4})[0].id, KeyId{5});
  EXPECT_EQ(table({}, {key(5, 4, false)}).keys(PlatformId{4})[0].id, kAnonymousKey);
  EXPECT_TRUE(table().keys(PlatformId{1}).empty());
}

TEST(RouteTable, FindsThingsByTheirIds) {
  const auto routes = table({}, {key(5, 1, false)});

  EXPECT_EQ(routes.platform(PlatformId{3})->slug, "cerebras");
  EXPECT_EQ(routes.platform("kilo")->id, PlatformId{4});
  EXPECT_EQ(routes.model(ModelId{4})->upstream_id, "llama-3.3-70b-versatile");
  EXPECT_NE(routes.key(KeyId{5}), nullptr);
  EXPECT_EQ(routes.platform(PlatformId{99}), nullptr);
  EXPECT_EQ(routes.platform("nowhere"), nullptr);
  EXPECT_EQ(routes.model(ModelId{99}), nullptr);
  EXPECT_EQ(routes.key(KeyId{99}), nullptr);
  EXPECT_EQ(routes.key(kAnonymousKey), nullptr);
}

TEST(RouteTable, KeepsItsNamesWhenMoved) {
  auto original = table();
  const RouteTable moved = std::move(original);

  EXPECT_EQ(ids(moved.select("gpt-oss-120b")), (Ids{1, 2, 3}));
}

}  // namespace
}  // namespace freellm::catalog
