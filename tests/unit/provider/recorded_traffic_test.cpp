// Decodes recorded provider traffic when FREELLM_RECORDED_TRAFFIC names a folder of it:
//   <platform>/<case>.response.json|sse|ndjson and <case>.meta.json {"status", "headers"}.
// The recordings are not part of the project; the test skips without them.

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "fixture_case.hpp"

namespace freellm::fixtures {
namespace {

namespace fs = std::filesystem;

struct Recording {
  fs::path body;
  fs::path meta;
};

std::vector<Recording> recordings_of(const fs::path& folder) {
  std::vector<Recording> found;
  if (!fs::is_directory(folder)) return found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    auto name = entry.path().filename().string();
    const auto at = name.find(".response.");
    if (at == std::string::npos) continue;
    const auto meta = folder / (name.substr(0, at) + ".meta.json");
    if (fs::exists(meta)) found.push_back({entry.path(), meta});
  }
  return found;
}

catalog::Platform platform_of(const std::string& slug) {
  static const std::map<std::string, catalog::WireFormat> kNative{
      {"google", catalog::WireFormat::google},
      {"cohere", catalog::WireFormat::cohere},
      {"cloudflare", catalog::WireFormat::cloudflare}};
  catalog::Platform platform;
  platform.slug = slug == "github-models" ? "github" : slug;
  platform.base_url = *wire::parse_base_url("https://api.example.com/v1");
  if (const auto native = kNative.find(slug); native != kNative.end())
    platform.wire = native->second;
  return platform;
}

/// A 2xx must decode to something visible at every cut; anything else must be classified as more
/// than "unknown".
void check_recording(const Recording& recording, const std::string& slug) {
  SCOPED_TRACE(recording.body.string());
  const auto meta = read_json_file(recording.meta);
  const auto body = read_text_file(recording.body);
  const auto platform = platform_of(slug);
  catalog::Model model;
  model.upstream_id = "recorded";
  const provider::Route route{platform, model, "key", platform.base_url};
  const auto& adapter = provider::adapter_for(platform);
  const int status = meta.value("status", 200);
  if (status < 200 || status > 299) {
    const auto failure = adapter.classify(status, {}, body, route, ManualClock{}.now());
    EXPECT_FALSE(failure.message.empty());
    return;
  }
  const auto kind = recording.body.extension() == ".json" ? provider::BodyKind::json
                                                          : provider::BodyKind::event_stream;
  const chat::ChatRequest request;
  const auto transcript = [&](const std::vector<std::size_t>& cuts) {
    return decode(*adapter.make_decoder(request, route, kind), body, cuts);
  };
  const auto whole = transcript({});
  EXPECT_FALSE(whole.deltas.empty()) << whole.ending;
  EXPECT_EQ(transcript(single_bytes(body.size())), whole);
  EXPECT_EQ(transcript(random_cuts(body.size(), 9, 1)), whole);
  const bool meant_to_break = body.find("\"error\":{") != std::string::npos;
  EXPECT_TRUE(meant_to_break || whole.ending == "complete" || whole.ending == "ended")
      << whole.ending;
}

TEST(RecordedTraffic, Decodes) {
  const char* root = std::getenv("FREELLM_RECORDED_TRAFFIC");
  if (root == nullptr) GTEST_SKIP() << "FREELLM_RECORDED_TRAFFIC is not set";
  std::size_t count = 0;
  for (const auto* slug :
       {"cerebras", "cohere", "github-models", "google", "groq", "kilo", "llm7", "mistral",
        "nvidia", "ollama", "openrouter", "pollinations", "sambanova", "zhipu"}) {
    for (const auto& recording : recordings_of(fs::path(root) / slug)) {
      if (recording.body.extension() == ".ndjson" ||
          recording.body.filename().string().starts_with("native-"))
        continue;
      check_recording(recording, slug);
      ++count;
    }
  }
  EXPECT_GT(count, 0U);
  RecordProperty("recordings", static_cast<int>(count));
}

}  // namespace
}  // namespace freellm::fixtures
