#include <gtest/gtest.h>

#include "freellm/catalog/catalog.hpp"

namespace freellm::catalog {
namespace {

CustomEndpoint local() {
  return {.name = "local",
          .base_url = *wire::parse_base_url("http://127.0.0.1:8080/v1"),
          .models = models_named({"qwen3-30b", "b"})};
}

TEST(CustomEndpoint, BecomesAPlatformBehindTheOthers) {
  Catalog catalog;
  catalog.platforms.push_back({.id = PlatformId{1}, .slug = "groq"});

  ASSERT_TRUE(add_custom(catalog, local()));

  const auto& platform = catalog.platforms.at(1);
  EXPECT_EQ(platform.id, PlatformId{2});
  EXPECT_EQ(platform.slug, "local");
  EXPECT_TRUE(platform.custom);
  EXPECT_TRUE(platform.keyless);
  EXPECT_EQ(platform.base_url.origin.port, 8080);
}

TEST(CustomEndpoint, IsNotRuledOutForCapabilitiesNobodyStated) {
  Catalog catalog;

  ASSERT_TRUE(add_custom(catalog, local()));

  const auto& model = catalog.models.at(0);
  EXPECT_EQ(model.upstream_id, "qwen3-30b");
  EXPECT_EQ(model.logical_name, "qwen3-30b");
  EXPECT_TRUE(model.capabilities.tools && model.capabilities.json_schema);
  EXPECT_FALSE(model.capabilities.vision) << "an answer that ignores an image looks right";
  EXPECT_TRUE(model.limits.empty());
  EXPECT_EQ(model.context_window, 0);
}

TEST(CustomEndpoint, NeedsAFreeWellFormedNameAndDistinctModels) {
  Catalog catalog;
  ASSERT_TRUE(add_custom(catalog, local()));

  auto taken = local();
  auto malformed = local();
  malformed.name = "My Box";
  auto twice = local();
  twice.name = "twice";
  twice.models = models_named({"a", "a"});

  for (const auto& endpoint : {taken, malformed, twice}) {
    const auto status = add_custom(catalog, endpoint);
    ASSERT_FALSE(status) << endpoint.name;
    EXPECT_NE(status.error().message.find("\"" + endpoint.name + "\""), std::string::npos);
  }
  EXPECT_EQ(catalog.platforms.size(), 1U);
}

}  // namespace
}  // namespace freellm::catalog
