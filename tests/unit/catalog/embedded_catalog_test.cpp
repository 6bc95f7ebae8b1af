// The catalog that is shipped: loads, is complete, and says what the rest of the program relies on.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "freellm/catalog/loader.hpp"

namespace freellm::catalog {
namespace {

class EmbeddedCatalog : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::vector<Problem> problems;
    auto parsed = parse_catalog(embedded_catalog(), &problems);
    for (const auto& problem : problems) ADD_FAILURE() << problem.pointer << ": " << problem.what;
    if (parsed) catalog_ = *std::move(parsed);
  }
  const Platform& platform(std::string_view slug) { return *find_platform(catalog_, slug); }

  static inline Catalog catalog_;
};

TEST_F(EmbeddedCatalog, IsTheFileOfThisSourceTree) {
  std::ostringstream file;
  file << std::ifstream{FREELLM_SOURCE_DIR "/config/catalog.json"}.rdbuf();

  EXPECT_TRUE(embedded_catalog() == file.str());
}

TEST_F(EmbeddedCatalog, HasThePlatformsOfTheContract) {
  const std::set<std::string> expected{"google",       "groq",      "cerebras", "openrouter",
                                       "github",       "sambanova", "mistral",  "cohere",
                                       "cloudflare",   "zhipu",     "nvidia",   "ollama",
                                       "pollinations", "llm7",      "kilo"};

  std::set<std::string> slugs;
  for (const auto& entry : catalog_.platforms) slugs.insert(entry.slug);

  EXPECT_EQ(slugs, expected);
}

TEST_F(EmbeddedCatalog, HasAtLeast150EnabledModels) {
  EXPECT_GE(std::count_if(catalog_.models.begin(), catalog_.models.end(),
                          [](const Model& m) { return m.enabled; }),
            150);
}

TEST_F(EmbeddedCatalog, LetsOnlyKiloAndLlm7BeUsedWithoutAKey) {
  for (const auto& entry : catalog_.platforms) {
    EXPECT_EQ(entry.keyless, entry.slug == "kilo" || entry.slug == "llm7") << entry.slug;
  }
}

TEST_F(EmbeddedCatalog, SpeaksToEveryPlatformOverTls) {
  for (const auto& entry : catalog_.platforms)
    EXPECT_EQ(entry.base_url.origin.scheme, wire::Scheme::https) << entry.slug;
}

TEST_F(EmbeddedCatalog, TellsPeopleWhereAKeyComesFromAndWhatHappensToPrompts) {
  for (const auto& entry : catalog_.platforms) {
    EXPECT_FALSE(entry.signup_url.empty()) << entry.slug;
    EXPECT_FALSE(entry.key_format.empty()) << entry.slug;
    EXPECT_FALSE(entry.data_use_note.empty()) << entry.slug;
  }
}

TEST_F(EmbeddedCatalog, CountsAPoolOnceAndNotPerModelToo) {
  for (const auto& model : catalog_.models) {
    const auto& owner = catalog_.platforms[static_cast<std::size_t>(model.platform.value) - 1];
    for (const auto& own : model.limits) {
      for (const auto& shared : owner.limits) {
        EXPECT_FALSE(own.metric == shared.metric && own.window == shared.window)
            << owner.slug << " " << model.upstream_id;
      }
    }
  }
}

TEST_F(EmbeddedCatalog, ResetsGoogleDaysInThePacificZone) {
  const auto id = platform("google").id;

  for (const auto& model : catalog_.models) {
    if (model.platform != id) continue;
    for (const auto& limit : model.limits) {
      const bool is_day = limit.window == LimitWindow::day;
      EXPECT_TRUE(!is_day || limit.reset == DayReset::pacific) << model.upstream_id;
    }
  }
}

TEST_F(EmbeddedCatalog, HoldsCloudflaresAccountPlaceholder) {
  EXPECT_NE(platform("cloudflare").base_url.prefix.find("{account_id}"), std::string::npos);
}

TEST_F(EmbeddedCatalog, PutsEnabledModelsFirst) {
  const auto is_disabled = [](const Model& model) { return !model.enabled; };
  const auto first = std::find_if(catalog_.models.begin(), catalog_.models.end(), is_disabled);

  EXPECT_TRUE(std::all_of(first, catalog_.models.end(), is_disabled));
}

}  // namespace
}  // namespace freellm::catalog
