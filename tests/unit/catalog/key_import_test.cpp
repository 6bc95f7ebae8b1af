#include "freellm/catalog/key_import.hpp"

#include <gtest/gtest.h>

#include "catalog/key_text.hpp"

namespace freellm::catalog {
namespace {

const std::vector<std::string> kSlugs{"google", "groq",  "github",  "cloudflare", "cohere",
                                      "ollama", "zhipu", "mistral", "groq-work"};

KeyImport parse(std::string_view text, std::optional<KeyTextFormat> format = std::nullopt) {
  auto found = parse_key_text(text, format, kSlugs);
  EXPECT_TRUE(found) << (found ? "" : found.error().message);
  return found ? std::move(*found) : KeyImport{};
}

/// "line platform label secret" or "line ! problem", a row each.
std::string shown(const KeyImport& found) {
  std::string out;
  for (const auto& key : found.keys) {
    out += std::to_string(key.line) + " ";
    if (!key.problem.empty()) {
      out += "! " + key.name;
    } else {
      out += key.platform + " [" + key.label + "] ";
      out += key.secret.reveal();
    }
    out += "\n";
  }
  return out;
}

TEST(EnvImport, ReadsPlainQuotedAndCommentedValues) {
  EXPECT_EQ(shown(parse("\xEF\xBB\xBF# mine\r\n"
                        "GROQ_API_KEY=gsk_plain # the old one was gsk_old\r\n"
                        "export MISTRAL_API_KEY = 'a#b' # comment\r\n"
                        "CO_API_KEY=\"x\\\"y\"\r\n"
                        "GEMINI_API_KEY=`AIza1`\r\n"
                        "ZAI_API_KEY=id.with#hash\r\n")),
            "2 groq [] gsk_plain\n"
            "3 mistral [] a#b\n"
            "4 cohere [] x\"y\n"
            "5 google [] AIza1\n"
            "6 zhipu [] id.with#hash\n");
}

TEST(EnvImport, SaysWhichLinesItCannotUse) {
  EXPECT_EQ(shown(parse("GROQ_API_KEY=\n"
                        "MISTRAL_API_KEY='open\n"
                        "not an assignment\n"
                        "OTHER_API_KEY=abc\n"
                        "GROQ_API_KEY_2=\"a\" b\n"
                        "GROQ_API_KEY_3=a b\n",
                        KeyTextFormat::env)),
            "1 ! GROQ_API_KEY\n"
            "2 ! MISTRAL_API_KEY\n"
            "3 ! \n"
            "4  [] abc\n"
            "5 ! GROQ_API_KEY_2\n"
            "6 ! GROQ_API_KEY_3\n");
}

TEST(EnvImport, LeavesOtherSettingsAndOtherSecretsAlone) {
  EXPECT_EQ(shown(parse("PORT=3000\nGROQ_MODEL=x\nGITHUB_WEBHOOK_SECRET=s\n"
                        "GOOGLE_CLIENT_SECRET=s\n")),
            "");
}

TEST(EnvImport, TakesTheLongestBeginningAndTheEndForALabel) {
  EXPECT_EQ(shown(parse("GROQ_WORK_API_KEY=a\nGROQ_API_KEY_HOME=b\nGROQ_API_KEY_2=c\n"
                        "GROQUET_API_KEY=d\nGITHUB_MODELS_TOKEN=e  # label: my own\n"
                        "OLLAMA_CLOUD_API_KEY=f\n")),
            "1 groq-work [] a\n"
            "2 groq [home] b\n"
            "3 groq [] c\n"
            "4  [] d\n"
            "5 github [my own] e\n"
            "6 ollama [] f\n");
}

TEST(EnvImport, SplitsListsOfKeys) {
  EXPECT_EQ(shown(parse("GROQ_API_KEYS=a, b,\n")), "1 groq [] a\n1 groq [] b\n");
}

TEST(EnvImport, JoinsTheTwoHalvesOfACloudflareKey) {
  EXPECT_EQ(shown(parse("CLOUDFLARE_API_TOKEN_2=t2\nCLOUDFLARE_ACCOUNT_ID_2=a2\n"
                        "CLOUDFLARE_ACCOUNT_ID=a1\nCLOUDFLARE_API_TOKEN=t1\nCF_API_KEY=a3:t3\n")),
            "5 cloudflare [] a3:t3\n"
            "1 cloudflare [] a2:t2\n"
            "4 cloudflare [] a1:t1\n");
  EXPECT_EQ(shown(parse("CLOUDFLARE_API_KEY=token\n")), "1 ! CLOUDFLARE_API_KEY\n");
}

TEST(EnvImport, MakesEndpointsOfNumberedCustomLines) {
  const auto found = parse(
      "CUSTOM_1_NAME=\"My Box\"\nCUSTOM_1_BASE_URL=http://10.0.0.5:8080/v1\n"
      "CUSTOM_1_MODELS=qwen3-TOOLS,llava-VISION-TOOLS,mixed-TOOLS-x,plain\n"
      "CUSTOM_1_API_KEY=k1\nCUSTOM_1_API_KEY_2=k2\n"
      "CUSTOM_2_NAME=nowhere\nCUSTOM_2_API_KEY=k3\n"
      "CUSTOM_3_NAME=keyless\nCUSTOM_3_BASE_URL=https://a.test/v1\n");

  EXPECT_EQ(shown(found), "4 my-box [] k1\n5 my-box [] k2\n6 ! nowhere\n8 keyless [] \n");
  ASSERT_EQ(found.endpoints.size(), 2U);
  const auto& models = found.endpoints[0].models;
  ASSERT_EQ(models.size(), 4U);
  EXPECT_EQ(models[0].upstream_id, "qwen3");
  EXPECT_TRUE(models[0].capabilities.tools);
  EXPECT_FALSE(models[0].capabilities.vision);
  EXPECT_EQ(models[1].upstream_id, "llava");
  EXPECT_TRUE(models[1].capabilities.vision && models[1].capabilities.tools);
  EXPECT_EQ(models[2].upstream_id, "mixed-TOOLS-x");
  EXPECT_EQ(models[3].capabilities, CustomModel{}.capabilities);
}

TEST(JsonImport, DropsCommentsAndTrailingCommasButNotInStrings) {
  EXPECT_EQ(plain_json("{\"a\": \"x // y, }\", // c\n /* d,\n */ \"b\": [1, 2,],}"),
            "{\"a\": \"x // y, }\", \n \n  \"b\": [1, 2 ] }");
  EXPECT_EQ(shown(parse("// keys\n{\"groq\": \"a//b\", \"mistral\": [\"c\", \"d\",],}")),
            "0 groq [] a//b\n0 mistral [] c\n0 mistral [] d\n");
}

TEST(JsonImport, ReadsTheUsualShapes) {
  EXPECT_EQ(shown(parse(R"([{"platform": "groq", "key": "a", "label": "x"},
                            {"provider": "Mistral", "apiKey": "b"}, 7])")),
            "0 groq [x] a\n0 mistral [] b\n0 ! \n");
  EXPECT_EQ(shown(parse(R"({"GROQ_API_KEY": "a", "google": {"api_key": "b"}, "port": 3000})")),
            "0 groq [] a\n0 google [] b\n");
}

TEST(JsonImport, ReadsEndpointsWithTheirModelsAndKeys) {
  const auto found = parse(R"({"custom_endpoints": [
      {"name": "Box", "base_url": "http://box.test/v1", "allow_private_network": true,
       "models": ["a", {"id": "b", "tools": false, "context_window": 4096}], "keys": ["k"]},
      {"name": "nowhere", "key": "k"}]})");

  EXPECT_EQ(shown(found), "0 box [] k\n0 ! nowhere\n");
  ASSERT_EQ(found.endpoints.size(), 1U);
  EXPECT_TRUE(found.endpoints[0].allow_private);
  EXPECT_EQ(found.endpoints[0].models.at(1).context_window, 4096);
  EXPECT_FALSE(found.endpoints[0].models.at(1).capabilities.tools);
}

TEST(JsonImport, RefusesWhatIsNoJsonOrTooDeep) {
  EXPECT_FALSE(parse_key_text("{\"a\": }", KeyTextFormat::json, kSlugs));
  EXPECT_FALSE(parse_key_text("\"text\"", KeyTextFormat::json, kSlugs));
  EXPECT_FALSE(parse_key_text(std::string(100'000, '['), std::nullopt, kSlugs));
}

TEST(CsvImport, ReadsQuotesDelimitersAndHeaders) {
  EXPECT_EQ(
      shown(parse("platform,key,label\r\ngroq,\"a,\"\"b\",\"two\nlines\"\r\nmistral,'=c,\r\n")),
      "2 groq [two lines] a,\"b\n4 mistral [] =c\n");
  EXPECT_EQ(shown(parse("Note;Provider;Token\nx;Groq;a\n")), "2 groq [x] a\n");
  EXPECT_EQ(shown(parse("groq,a,mine\n")), "1 groq [mine] a\n");
}

TEST(CsvImport, SaysWhichLinesAreBroken) {
  EXPECT_EQ(shown(parse("platform,key\ngroq,\"a\"x\ngroq,b\nunheard-of,c\ngroq,\"open\n")),
            "2 ! groq\n3 groq [] b\n4  [] c\n5 ! groq\n");
}

TEST(CsvImport, GathersTheKeysOfAnEndpoint) {
  const auto found = parse(
      "platform,key,base_url,models\nBox,k1,http://b.test/v1,m-TOOLS\n"
      "Box,k2,http://b.test/v1,\nBox,k3,http://other.test/v1,\n");

  EXPECT_EQ(shown(found), "2 box [] k1\n3 box [] k2\n4 ! Box\n");
  EXPECT_EQ(found.endpoints.size(), 1U);
}

TEST(KeyImport, IsBounded) {
  std::string many;
  for (int i = 0; i < 1001; ++i) many += "GROQ_API_KEY_" + std::to_string(i) + "=k\n";

  EXPECT_FALSE(parse_key_text(many, std::nullopt, kSlugs));
  EXPECT_FALSE(parse_key_text(std::string(kMaxImportBytes + 1, 'x'), std::nullopt, kSlugs));
  EXPECT_EQ(shown(parse("GROQ_API_KEY=" + std::string(5000, 'x'))), "1 ! GROQ_API_KEY\n");
}

}  // namespace
}  // namespace freellm::catalog
