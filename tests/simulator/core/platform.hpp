#pragma once
// The platforms the simulator speaks for, and how each bends the OpenAI dialect. Constant data.
// Wire facts: the platforms' documentation and recorded answers, 2026-11.

#include <string_view>

namespace simulator {

enum class ReasoningForm {
  none,
  reasoning,          ///< `reasoning` string beside `content`
  reasoning_content,  ///< `reasoning_content` string beside `content`
  think_tags,         ///< inside `content`, as <think>…</think>
  parts,              ///< `content` becomes an array with a thinking part (Mistral)
};

/// Where a stream carries its usage.
enum class StreamUsage {
  when_asked,    ///< OpenAI: own chunk with `choices: []` if include_usage was set
  always_own,    ///< that chunk comes unasked
  on_finish,     ///< on the chunk that has the finish_reason, unasked
  groq,          ///< under x_groq on the finish chunk, and in an own chunk when asked
  after_finish,  ///< the finish chunk is repeated with usage (OpenRouter)
};

struct OpenAiStyle {
  ReasoningForm reasoning = ReasoningForm::reasoning_content;
  StreamUsage usage = StreamUsage::when_asked;
  bool role_in_every_delta = false;
  bool omits_null_finish = false;    ///< no finish_reason key until the last chunk
  bool pads = false;                 ///< random-length "p"
  bool sends_comments = false;       ///< ": OPENROUTER PROCESSING"
  bool azure_prelude = false;        ///< first chunk has no choices but prompt_filter_results
  bool whole_tool_calls = false;     ///< a call arrives in one delta
  bool null_tool_sentinel = false;   ///< a closing tool delta full of nulls (Cloudflare)
  bool finish_with_content = false;  ///< the last content chunk carries the finish_reason
  bool index_in_message_calls = false;
  bool names_provider = false;  ///< `provider`, `native_finish_reason`
  std::string_view id_prefix = "chatcmpl-";
  std::string_view stream_type = "text/event-stream";
};

enum class KeyPolicy {
  bearer,
  google,     ///< x-goog-api-key, ?key= or bearer
  optional,   ///< no key = anonymous; a bad one is refused
  unchecked,  ///< no key or a wrong one is served as anonymous
};

struct Platform {
  std::string_view prefix;  ///< first segment of the simulator's URL
  std::string_view slug;    ///< whose wire rules apply
  std::string_view base;    ///< what stands before /chat/completions
  KeyPolicy key = KeyPolicy::bearer;
  OpenAiStyle style = {};
};

/// The prefix of the platform that alone has such a path, when a client has kept the host and lost
/// the prefix (key checks and NVIDIA's polling live on other hosts than chat); "" when none has.
[[nodiscard]] std::string_view prefix_for_path(std::string_view path);

/// Null when no platform has that prefix.
[[nodiscard]] const Platform* find_platform(std::string_view prefix);

}  // namespace simulator
