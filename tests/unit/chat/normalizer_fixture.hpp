#pragma once
// Feeds a script of content through the normaliser whole and cut at every position.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "freellm/chat/normalizer.hpp"
#include "unit/chat/chat_test_support.hpp"

namespace freellm::chat::testing {

inline ToolSchemas schemas(std::string_view tools) {
  const auto request = parse_with("\"tools\":" + std::string{tools});
  EXPECT_TRUE(request) << (request ? "" : request.error().message);
  return request ? ToolSchemas{*request} : ToolSchemas{};
}

/// get_weather(city: string) and plan(steps: array, options: object, note: string).
inline ToolSchemas test_tools() {
  return schemas(
      R"([{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}},)"
      R"({"type":"function","function":{"name":"plan","parameters":{"type":"object","properties":{"steps":{"type":"array","items":{"type":"string"}},"options":{"type":"object","properties":{"deep":{"type":"array"}}},"note":{"type":"string"}}}}}])");
}

struct Outcome {
  RecordedChoice choice;
  bool has_payload = false;
  bool has_answer = false;
  bool saw_tool_calls = false;
};

/// Cuts between characters and escapes, as decoders deliver text.
inline std::vector<std::size_t> cut_points(wire::JsonText text) {
  std::vector<std::size_t> points;
  for (std::size_t at = 0; at < text.size();) {
    points.push_back(at);
    if (text[at] == '\\') {
      at += text[at + 1] == 'u' ? 6 : 2;
    } else {
      ++at;
      while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
    }
  }
  points.push_back(text.size());
  return points;
}

inline Outcome run_pieces(const std::vector<std::string>& pieces, const NormalizerOptions& options,
                          FinishReason finish = FinishReason::stop) {
  RecordingSink sink;
  SeededRandom random{7};
  StreamNormalizer normalizer{sink, options, random};
  for (const auto& piece : pieces) {
    Delta delta;
    delta.content = piece;
    normalizer.on_delta(delta);
  }
  Delta last;
  last.finish = finish;
  normalizer.on_delta(last);
  normalizer.finish();
  return {sink.first(), normalizer.has_payload(), normalizer.has_answer(),
          normalizer.saw_tool_calls()};
}

/// Runs `escaped` content whole, cut once at every position, and one character at a time; all must
/// agree.
inline Outcome run_every_cut(std::string_view escaped, const NormalizerOptions& options) {
  const std::string all{escaped};
  const Outcome whole = run_pieces({all}, options);
  const auto points = cut_points(escaped);
  std::vector<std::string> characters;
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    characters.push_back(all.substr(points[i], points[i + 1] - points[i]));
    const Outcome cut = run_pieces({all.substr(0, points[i]), all.substr(points[i])}, options);
    EXPECT_EQ(cut.choice, whole.choice) << "cut at " << points[i];
    EXPECT_EQ(cut.has_answer, whole.has_answer) << "cut at " << points[i];
  }
  EXPECT_EQ(run_pieces(characters, options).choice, whole.choice) << "one character at a time";
  return whole;
}

}  // namespace freellm::chat::testing
