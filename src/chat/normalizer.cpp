#include "freellm/chat/normalizer.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "chat/escaped_text.hpp"
#include "chat/text_rescue.hpp"
#include "chat/think_splitter.hpp"
#include "chat/tool_call_tracker.hpp"
#include "freellm/chat/token_estimate.hpp"

namespace freellm::chat {
namespace {

constexpr std::uint32_t kMaxChoices = 128;  // as many as a request may ask for

bool is_reported(const Usage& usage) {
  return usage.prompt_tokens > 0 || usage.completion_tokens > 0 || usage.total_tokens > 0;
}

/// Some providers leave the total out, or do not count reasoning into it.
Usage with_total(Usage usage) {
  usage.total_tokens = std::max(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
  return usage;
}

const ToolSchemas* rescuable_tools(const NormalizerOptions& options) {
  const bool declared = options.tools != nullptr && !options.tools->empty();
  return declared && options.rescue_tool_calls ? options.tools : nullptr;
}

}  // namespace

struct StreamNormalizer::State {
  struct Choice {
    Choice(std::uint32_t number, const NormalizerOptions& options, Random& random)
        : index(number), think(options.extract_think), calls(options.tools, random) {
      if (const ToolSchemas* tools = rescuable_tools(options)) rescue.emplace(*tools);
    }

    std::uint32_t index;
    ThinkSplitter think;
    std::optional<TextRescue> rescue;
    ToolCallTracker calls;
    std::string half_character;  ///< \ud83d that waits for its second half
    FinishReason finish = FinishReason::none;
  };

  State(DeltaSink& sink, const NormalizerOptions& opts, Random& rng)
      : out(sink), options(opts), random(rng) {
    choices.reserve(1);
  }

  Choice* choice(std::uint32_t index);
  void add_content(Choice& choice, JsonText text, std::string_view logprobs);
  void add_answer(Choice& choice, JsonText text);
  void add_tool_calls(Choice& choice, const Delta& delta);
  void close(Choice& choice);
  [[nodiscard]] FinishReason finish_of(const Choice& choice) const;
  [[nodiscard]] Usage final_usage() const;

  void emit_content(const Choice& choice, JsonText text, std::string_view logprobs = {});
  void emit_reasoning(const Choice& choice, JsonText text);
  void emit_call(const Choice& choice, const ToolCallFragment& fragment);

  DeltaSink& out;
  NormalizerOptions options;
  Random& random;
  std::vector<Choice> choices;
  TextCount written;
  std::optional<Usage> usage;
  bool has_payload = false;
  bool has_answer = false;
  bool saw_tool_calls = false;
};

StreamNormalizer::State::Choice* StreamNormalizer::State::choice(std::uint32_t index) {
  for (auto& known : choices) {
    if (known.index == index) return &known;
  }
  if (choices.size() == kMaxChoices) return nullptr;
  return &choices.emplace_back(index, options, random);
}

void StreamNormalizer::State::emit_content(const Choice& choice, JsonText text,
                                           std::string_view logprobs) {
  if (text.empty() && logprobs.empty()) return;
  if (!text.empty()) has_payload = has_answer = true;
  written += count_json_text(text);
  Delta delta;
  delta.choice = choice.index;
  delta.content = text;
  delta.logprobs = logprobs;
  out.on_delta(delta);
}

void StreamNormalizer::State::emit_reasoning(const Choice& choice, JsonText text) {
  if (text.empty()) return;
  has_payload = true;
  written += count_json_text(text);
  Delta delta;
  delta.choice = choice.index;
  delta.reasoning = text;
  out.on_delta(delta);
}

void StreamNormalizer::State::emit_call(const Choice& choice, const ToolCallFragment& fragment) {
  has_payload = has_answer = saw_tool_calls = true;
  written += count_json_text(fragment.name);
  written += count_json_text(fragment.arguments);
  Delta delta;
  delta.choice = choice.index;
  delta.tool_calls = {&fragment, 1};
  out.on_delta(delta);
}

void StreamNormalizer::State::add_answer(Choice& choice, JsonText text) {
  if (!choice.rescue) return emit_content(choice, text);
  const auto on_text = [&](JsonText part) { emit_content(choice, part); };
  const auto on_call = [&](const WrittenCall& call) {
    choice.calls.add_call(call.name, call.arguments,
                          [&](const ToolCallFragment& fragment) { emit_call(choice, fragment); });
  };
  choice.rescue->feed(text, on_text, on_call);
}

void StreamNormalizer::State::add_content(Choice& choice, JsonText text,
                                          std::string_view logprobs) {
  std::string joined;
  if (!choice.half_character.empty()) {
    joined = std::exchange(choice.half_character, {}).append(text);
    text = joined;
  }
  if (const std::size_t half = split_surrogate(text); half > 0) {
    choice.half_character = text.substr(text.size() - half);
    text.remove_suffix(half);
  }
  const bool untouched = choice.think.passes() && !choice.rescue;
  if (untouched) return emit_content(choice, text, logprobs);
  choice.think.feed(text, [&](ThinkSplitter::Part part, JsonText piece) {
    if (part == ThinkSplitter::Part::reasoning) return emit_reasoning(choice, piece);
    add_answer(choice, piece);
  });
  // Held or divided text has lost its deltas' borders; the token logprobs go out on their own.
  emit_content(choice, {}, logprobs);
}

void StreamNormalizer::State::add_tool_calls(Choice& choice, const Delta& delta) {
  for (const auto& fragment : delta.tool_calls) {
    choice.calls.feed(fragment, [&](const ToolCallFragment& sorted) { emit_call(choice, sorted); });
  }
}

FinishReason StreamNormalizer::State::finish_of(const Choice& choice) const {
  const bool called = choice.calls.any();
  // Gemini and some NIM models say stop although they called (2026-11).
  if (choice.finish == FinishReason::none || choice.finish == FinishReason::stop) {
    return called ? FinishReason::tool_calls : FinishReason::stop;
  }
  if (choice.finish == FinishReason::tool_calls && !called) return FinishReason::stop;
  return choice.finish;
}

void StreamNormalizer::State::close(Choice& choice) {
  choice.think.finish([&](ThinkSplitter::Part part, JsonText piece) {
    if (part == ThinkSplitter::Part::reasoning) return emit_reasoning(choice, piece);
    add_answer(choice, piece);
  });
  const auto on_fragment = [&](const ToolCallFragment& fragment) { emit_call(choice, fragment); };
  if (choice.rescue) {
    choice.rescue->finish([&](JsonText part) { emit_content(choice, part); },
                          [&](const WrittenCall& call) {
                            choice.calls.add_call(call.name, call.arguments, on_fragment);
                          });
  }
  choice.calls.finish(on_fragment);
  Delta last;
  last.choice = choice.index;
  last.finish = finish_of(choice);
  out.on_delta(last);
}

Usage StreamNormalizer::State::final_usage() const {
  if (usage) return *usage;
  Usage estimate;
  estimate.prompt_tokens = options.prompt_tokens;
  estimate.completion_tokens = written.tokens();
  estimate.estimated = true;
  return with_total(estimate);
}

StreamNormalizer::StreamNormalizer(DeltaSink& out, const NormalizerOptions& options, Random& random)
    : state_(std::make_unique<State>(out, options, random)) {}

StreamNormalizer::~StreamNormalizer() = default;

void StreamNormalizer::on_delta(const Delta& delta) {
  State& state = *state_;
  if (delta.usage != nullptr && is_reported(*delta.usage)) state.usage = with_total(*delta.usage);
  State::Choice* const choice = state.choice(delta.choice);
  if (choice == nullptr) return;
  state.emit_reasoning(*choice, delta.reasoning);
  if (!delta.content.empty() || !delta.logprobs.empty()) {
    state.add_content(*choice, delta.content, delta.logprobs);
  }
  if (!delta.refusal.empty()) {
    state.has_payload = state.has_answer = true;
    Delta refusal;
    refusal.choice = delta.choice;
    refusal.refusal = delta.refusal;
    state.out.on_delta(refusal);
  }
  if (!delta.tool_calls.empty()) state.add_tool_calls(*choice, delta);
  if (choice->finish == FinishReason::none) choice->finish = delta.finish;
}

void StreamNormalizer::finish() {
  State& state = *state_;
  if (state.choices.empty()) state.choice(0);
  for (auto& choice : state.choices) state.close(choice);
  state.usage = state.final_usage();
  Delta last;
  last.usage = &*state.usage;
  state.out.on_delta(last);
}

bool StreamNormalizer::has_payload() const { return state_->has_payload; }
bool StreamNormalizer::has_answer() const { return state_->has_answer; }
bool StreamNormalizer::saw_tool_calls() const { return state_->saw_tool_calls; }
std::optional<Usage> StreamNormalizer::usage() const { return state_->usage; }

FinishReason StreamNormalizer::finish_reason() const {
  if (state_->choices.empty()) return FinishReason::none;
  return state_->choices.front().finish;
}

}  // namespace freellm::chat
