#pragma once
// A chat request and its answer, freed from any platform's wire format: every dialect reads into a
// Prompt and writes out a Turn. Plain values.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace simulator {

using Json = nlohmann::ordered_json;

struct SeenImage {
  std::string media_type;  ///< "url" when the request names an address instead of bytes
  std::size_t bytes = 0;   ///< decoded size
};

struct ToolSpec {
  std::string name;
  Json parameters;  ///< JSON schema, or null
};

enum class ToolChoice { automatic, none, required, named };

struct Prompt {
  std::string platform;
  std::string model;
  std::string system;
  std::string last_user;
  std::vector<std::string> tool_results;  ///< after the last assistant turn
  std::vector<SeenImage> images;
  std::vector<ToolSpec> tools;
  ToolChoice tool_choice = ToolChoice::automatic;
  std::string named_tool;
  std::optional<Json> answer_schema;
  bool wants_json = false;
  bool forbids_parallel_calls = false;
  std::int64_t max_tokens = 0;  ///< 0 = the model's own bound
  bool stream = false;
  bool include_usage = false;
  bool streams_array = false;   ///< Gemini without alt=sse: one JSON array, written bit by bit
  bool wants_thoughts = false;  ///< Gemini shows its thoughts only when asked
  bool disables_reasoning = false;
  std::int64_t prompt_tokens = 0;
};

struct ToolCall {
  std::string id;
  std::string name;
  Json arguments = Json::object();
};

enum class Finish { stop, length, tool_calls, content_filter };

struct Turn {
  std::string reasoning;
  std::string text;
  std::vector<ToolCall> calls;
  Finish finish = Finish::stop;
  std::int64_t prompt_tokens = 0;
  std::int64_t reasoning_tokens = 0;
  std::int64_t answer_tokens = 0;

  [[nodiscard]] std::int64_t completion_tokens() const { return reasoning_tokens + answer_tokens; }
  [[nodiscard]] std::int64_t total_tokens() const { return prompt_tokens + completion_tokens(); }
};

/// The simulator's tokenizer: one token for each started four bytes.
[[nodiscard]] inline std::int64_t count_tokens(std::string_view text) {
  return static_cast<std::int64_t>((text.size() + 3) / 4);
}

/// `text` in the pieces a stream delivers it in: words with the blank before them, never a broken
/// UTF-8 sequence.
[[nodiscard]] std::vector<std::string> in_pieces(std::string_view text);

}  // namespace simulator
