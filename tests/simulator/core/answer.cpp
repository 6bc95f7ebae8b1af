#include "core/answer.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace simulator {
namespace {

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string shortened(std::string_view text, std::size_t bound) {
  if (text.size() <= bound) return std::string{text};
  while (bound > 0 && (static_cast<unsigned char>(text[bound]) & 0xC0U) == 0x80U) --bound;
  return std::string{text.substr(0, bound)} + "…";
}

/// "get_weather" is called for by its own name or by any telling word of it ("weather").
bool calls_for(std::string_view tool, const std::string& lowered_text) {
  const auto name = lower(tool);
  if (lowered_text.find(name) != std::string::npos) return true;
  std::string word;
  for (const char c : name + "_") {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      word.push_back(c);
      continue;
    }
    if (word.size() >= 4 && lowered_text.find(word) != std::string::npos) return true;
    word.clear();
  }
  return false;
}

std::vector<const ToolSpec*> wanted_tools(const Prompt& prompt) {
  if (prompt.tools.empty() || prompt.tool_choice == ToolChoice::none) return {};
  std::vector<const ToolSpec*> wanted;
  if (prompt.tool_choice == ToolChoice::named) {
    for (const auto& tool : prompt.tools)
      if (tool.name == prompt.named_tool) wanted.push_back(&tool);
    return wanted;
  }
  if (!prompt.tool_results.empty()) return {};
  const auto text = lower(prompt.last_user);
  for (const auto& tool : prompt.tools)
    if (calls_for(tool.name, text)) wanted.push_back(&tool);
  if (wanted.empty() && prompt.tool_choice == ToolChoice::required)
    wanted.push_back(&prompt.tools.front());
  const bool asks_for_two =
      text.find("both") != std::string::npos || text.find("in parallel") != std::string::npos;
  if (!asks_for_two || prompt.forbids_parallel_calls) {
    if (wanted.size() > 1) wanted.resize(1);
  } else if (wanted.size() == 1) {
    wanted.push_back(wanted.front());
  }
  return wanted;
}

void add_calls(const Prompt& prompt, const std::vector<const ToolSpec*>& tools, Turn& turn) {
  for (const auto* tool : tools) {
    auto arguments = instance_of(tool->parameters, prompt.last_user);
    if (!arguments.is_object()) arguments = Json::object();
    // A second call of one tool asks for the second thing of "in Paris and Oslo".
    const auto conjunction = prompt.last_user.find(" and ");
    if (!turn.calls.empty() && conjunction != std::string::npos) {
      const auto rest = " in " + prompt.last_user.substr(conjunction + 5);
      arguments = instance_of(tool->parameters, rest);
    }
    turn.calls.push_back({"", tool->name, std::move(arguments)});
  }
  turn.finish = Finish::tool_calls;
}

/// The text after "reply with exactly: ", or N words when N words are asked for.
std::optional<std::string> dictated(const std::string& user) {
  static constexpr std::string_view kExactly = "exactly: ";
  if (const auto at = user.find(kExactly); at != std::string::npos)
    return user.substr(at + kExactly.size());
  const auto words = user.find(" words");
  if (words == std::string::npos) return std::nullopt;
  auto start = words;
  while (start > 0 && std::isdigit(static_cast<unsigned char>(user[start - 1])) != 0) --start;
  if (start == words || words - start > 5) return std::nullopt;
  static constexpr std::array kWords{"steady", "small", "rivers", "carry", "bright",
                                     "leaves", "over",  "old",    "stone", "bridges"};
  std::string text;
  const auto count = std::stoul(user.substr(start, words - start));
  for (std::size_t i = 0; i < count; ++i)
    text.append(text.empty() ? "" : " ").append(kWords[i % kWords.size()]);
  return text;
}

std::string prose(const Prompt& prompt) {
  if (auto text = dictated(prompt.last_user)) return *text;
  const auto who = prompt.model + " on " + prompt.platform + " (simulated)";
  if (!prompt.tool_results.empty()) {
    std::string text = "The tool says: ";
    for (const auto& result : prompt.tool_results)
      text.append(shortened(result, 200)).append(text.back() == '.' ? " " : ". ");
    return text + "That is the answer of " + who + ".";
  }
  std::string text = "Hello! This is " + who + ".";
  for (const auto& image : prompt.images) {
    text.append(" I see an image (").append(image.media_type);
    if (image.bytes > 0) text.append(", ").append(std::to_string(image.bytes)).append(" bytes");
    text.append(").");
  }
  return text + " You said: \"" + shortened(prompt.last_user, 300) + "\"";
}

/// Cuts the turn down to the token bound; thinking is paid for first.
void bound_tokens(std::int64_t bound, Turn& turn) {
  if (bound <= 0 || turn.completion_tokens() <= bound) return;
  const auto cut = [](std::string& text, std::int64_t tokens) {
    auto bytes = std::min(text.size(), static_cast<std::size_t>(tokens) * 4);
    while (bytes > 0 && bytes < text.size() &&
           (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U)
      --bytes;
    text.resize(bytes);
  };
  turn.finish = Finish::length;
  cut(turn.reasoning, bound);
  turn.reasoning_tokens = std::min(turn.reasoning_tokens, bound);
  cut(turn.text, bound - turn.reasoning_tokens);
  turn.answer_tokens = std::min(turn.answer_tokens, bound - turn.reasoning_tokens);
  turn.calls.clear();
}

}  // namespace

std::vector<std::string> in_pieces(std::string_view text) {
  std::vector<std::string> pieces;
  std::size_t start = 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool starts_word = text[i] == ' ' || text[i] == '\n';
    const bool is_boundary = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
    if (!starts_word && (i - start < 24 || !is_boundary)) continue;
    pieces.emplace_back(text.substr(start, i - start));
    start = i;
  }
  if (start < text.size()) pieces.emplace_back(text.substr(start));
  return pieces;
}

bool is_reasoning_model(std::string_view model) {
  static constexpr std::array<std::string_view, 16> kFamilies{
      "gpt-oss",   "-r1",      "qwq",       "qwen3",      "glm-4.5",  "glm-4.6",
      "glm-4.7",   "glm-5",    "magistral", "gemini-2.5", "gemini-3", "thinking",
      "reasoning", "nemotron", "gpt-5",     "minimax-m"};
  const auto name = lower(model);
  return std::any_of(kFamilies.begin(), kFamilies.end(), [&name](std::string_view family) {
    return name.find(family) != std::string::npos;
  });
}

std::string make_id(std::string_view prefix, std::size_t length, std::uint64_t seed) {
  static constexpr std::string_view kAlphabet =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string id{prefix};
  // splitmix64: enough to make ids look alike and never repeat.
  for (std::size_t i = 0; i < length; ++i) {
    seed += 0x9E3779B97F4A7C15ULL;
    auto mixed = seed;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBULL;
    id.push_back(kAlphabet[(mixed ^ (mixed >> 31U)) % kAlphabet.size()]);
  }
  return id;
}

Turn answer(const Prompt& prompt) {
  Turn turn;
  turn.prompt_tokens = prompt.prompt_tokens;
  if (is_reasoning_model(prompt.model) && !prompt.disables_reasoning)
    turn.reasoning = "The user wrote " + std::to_string(prompt.last_user.size()) +
                     " bytes; a short, friendly answer will do.";
  const auto tools = wanted_tools(prompt);
  if (!tools.empty()) {
    add_calls(prompt, tools, turn);
  } else if (prompt.answer_schema) {
    turn.text = instance_of(*prompt.answer_schema, prompt.last_user).dump();
  } else if (prompt.wants_json) {
    turn.text = Json{{"answer", prose(prompt)}}.dump();
  } else {
    turn.text = prose(prompt);
  }
  turn.reasoning_tokens = count_tokens(turn.reasoning);
  turn.answer_tokens = count_tokens(turn.text);
  for (const auto& call : turn.calls)
    turn.answer_tokens += count_tokens(call.name) + count_tokens(call.arguments.dump());
  bound_tokens(prompt.max_tokens, turn);
  return turn;
}

}  // namespace simulator
