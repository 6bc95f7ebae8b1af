#include "freellm/catalog/key_export.hpp"

#include <gtest/gtest.h>

namespace freellm::catalog {
namespace {

std::vector<CustomModel> models_of_test() {
  auto models = models_named({"plain", "able"});
  models[1].capabilities = {.tools = true};
  return models;
}

KeyExport example() {
  KeyExport all;
  const auto add = [&](const char* platform, const char* secret, const char* label,
                       bool enabled = true) {
    all.keys.push_back({platform, label, enabled, Secret{secret}});
  };
  add("github", "ghp_1", "");
  add("groq", "gsk_1", "work");
  add("groq", "gsk_2#x'y\"", "");
  add("mistral", "=HYPERLINK(1)", "+cmd", false);
  add("box", "k1", "a");
  add("box", "-k2", "");
  all.endpoints.push_back({.slug = "box",
                           .title = "Box",
                           .base_url = "http://10.0.0.5:8080/v1",
                           .models = models_of_test(),
                           .allow_private = true});
  all.left_out.push_back("key 7 of groq");
  return all;
}

/// What comes back, as "platform secret".
std::vector<std::string> read_back(const std::string& text) {
  const std::vector<std::string> slugs{"groq", "mistral", "github"};
  const auto found = parse_key_text(text, std::nullopt, slugs);
  std::vector<std::string> rows;
  if (!found) return {found.error().message};
  for (const auto& key : found->keys)
    rows.push_back(key.platform + " " + std::string{key.secret.reveal()} + key.problem);
  std::sort(rows.begin(), rows.end());
  return rows;
}

const std::vector<std::string> kRows{"box -k2",    "box k1",           "github ghp_1",
                                     "groq gsk_1", "groq gsk_2#x'y\"", "mistral =HYPERLINK(1)"};

TEST(KeyExport, NumbersTheKeysOfAPlatformInEnv) {
  const auto text = keys_as_env(example());

  EXPECT_NE(text.find("\nGITHUB_MODELS_TOKEN=ghp_1\n"), std::string::npos);
  EXPECT_NE(text.find("\nGROQ_API_KEY=gsk_1  # label: work\n"), std::string::npos);
  EXPECT_NE(text.find("\nGROQ_API_KEY_2=\"gsk_2#x'y\\\"\"\n"), std::string::npos);
  EXPECT_NE(text.find("\nCUSTOM_1_API_KEY_2=-k2\n"), std::string::npos);
  EXPECT_NE(text.find("# Left out: key 7 of groq\n"), std::string::npos);
}

TEST(KeyExport, IsReadBackWhateverTheFormat) {
  EXPECT_EQ(read_back(keys_as_env(example())), kRows);
  EXPECT_EQ(read_back(keys_as_json(example())), kRows);
  EXPECT_EQ(read_back(keys_as_csv(example())), kRows);
}

TEST(KeyExport, MarksWhatASpreadsheetWouldTakeForAFormula) {
  const auto text = keys_as_csv(example());

  EXPECT_NE(text.find("mistral,\"'=HYPERLINK(1)\",\"'+cmd\",false"), std::string::npos) << text;
  EXPECT_NE(text.find("Box,\"'-k2\","), std::string::npos) << text;
}

TEST(KeyExport, KeepsAnEndpointsModels) {
  const std::vector<std::string> slugs{"groq", "mistral", "github"};
  for (const auto& text :
       {keys_as_json(example()), keys_as_env(example()), keys_as_csv(example())}) {
    const auto found = parse_key_text(text, std::nullopt, slugs);
    ASSERT_TRUE(found);
    ASSERT_EQ(found->endpoints.size(), 1U);
    EXPECT_EQ(found->endpoints[0].base_url, "http://10.0.0.5:8080/v1");
    EXPECT_TRUE(found->endpoints[0].allow_private);
    ASSERT_EQ(found->endpoints[0].models.size(), 2U);
    EXPECT_TRUE(found->endpoints[0].models[1].capabilities.tools);
    EXPECT_FALSE(found->endpoints[0].models[1].capabilities.vision);
  }
}

}  // namespace
}  // namespace freellm::catalog
