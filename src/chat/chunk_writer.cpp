#include "freellm/chat/chunk_writer.hpp"

#include <algorithm>
#include <cassert>

#include "chat/usage_json.hpp"
#include "freellm/wire/json_text.hpp"

namespace freellm::chat {
namespace {

constexpr std::string_view kTail = "}]}\n\n";
// Clients that asked for usage see the member on every chunk (OpenAI docs, stream_options).
constexpr std::string_view kTailWithNullUsage = "}],\"usage\":null}\n\n";

void append_member(std::string& out, std::string_view name, JsonText text) {
  if (out.back() != '{') out += ',';
  out += '"';
  out += name;
  out += "\":\"";
  out += text;
  out += '"';
}

/// Raw JSON may hold line ends between its tokens, which would end a line of the event stream.
void append_on_one_line(std::string& out, std::string_view json) {
  const auto begin = out.size();
  out += json;
  std::replace_if(
      out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(),
      [](char c) { return c == '\n' || c == '\r'; }, ' ');
}

void append_fragment(std::string& out, const ToolCallFragment& fragment) {
  out += "{\"index\":";
  out += std::to_string(fragment.index.value_or(0));
  const bool opens = !fragment.id.empty();
  if (opens) {
    out += ",\"id\":\"";
    out += fragment.id;
    out += "\",\"type\":\"function\"";
  }
  out += ",\"function\":{";
  if (opens) append_member(out, "name", fragment.name);
  append_member(out, "arguments", fragment.arguments);
  out += "}}";
}

}  // namespace

std::string new_completion_id(Random& random) { return "chatcmpl-" + random.alphanumeric(24); }

ChunkWriter::ChunkWriter(const ChunkIdentity& identity, UsageChunk usage)
    : tail_(usage == UsageChunk::include ? kTailWithNullUsage : kTail), usage_mode_(usage) {
  prefix_ = "data: {\"id\":\"";
  wire::append_escaped(prefix_, identity.id);
  prefix_ += "\",\"object\":\"chat.completion.chunk\",\"created\":";
  prefix_ += std::to_string(identity.created);
  prefix_ += ",\"model\":\"";
  wire::append_escaped(prefix_, identity.model);
  prefix_ += "\",\"choices\":[";
  content_prefix_ = prefix_ + "{\"index\":0,\"delta\":{\"content\":\"";
  content_suffix_ = "\"},\"finish_reason\":null";
  content_suffix_ += tail_;
}

ChunkWriter::ChoiceState& ChunkWriter::open_choice(std::uint32_t index) {
  for (auto& choice : choices_) {
    if (choice.index == index) return choice;
  }
  begin_chunk(index);
  *out_ += "\"role\":\"assistant\",\"content\":\"\"";
  end_chunk(FinishReason::none, {});
  return choices_.emplace_back(ChoiceState{index, false});
}

void ChunkWriter::begin_chunk(std::uint32_t choice) {
  *out_ += prefix_;
  *out_ += "{\"index\":";
  *out_ += std::to_string(choice);
  *out_ += ",\"delta\":{";
}

void ChunkWriter::end_chunk(FinishReason finish, std::string_view logprobs) {
  *out_ += '}';
  if (!logprobs.empty()) {
    *out_ += ",\"logprobs\":";
    append_on_one_line(*out_, logprobs);
  }
  if (finish == FinishReason::none) {
    *out_ += ",\"finish_reason\":null";
  } else {
    *out_ += ",\"finish_reason\":\"";
    *out_ += to_string(finish);
    *out_ += '"';
  }
  *out_ += tail_;
}

void ChunkWriter::write_payload(const Delta& delta) {
  const bool only_content = delta.choice == 0 && !delta.content.empty() &&
                            delta.reasoning.empty() && delta.refusal.empty() &&
                            delta.tool_calls.empty() && delta.logprobs.empty();
  if (only_content) {
    *out_ += content_prefix_;
    *out_ += delta.content;
    *out_ += content_suffix_;
    return;
  }
  begin_chunk(delta.choice);
  if (!delta.reasoning.empty()) append_member(*out_, "reasoning_content", delta.reasoning);
  if (!delta.content.empty()) append_member(*out_, "content", delta.content);
  if (!delta.refusal.empty()) append_member(*out_, "refusal", delta.refusal);
  if (!delta.tool_calls.empty()) write_tool_calls(delta);
  end_chunk(FinishReason::none, delta.logprobs);
}

void ChunkWriter::write_tool_calls(const Delta& delta) {
  if (out_->back() != '{') *out_ += ',';
  *out_ += "\"tool_calls\":[";
  bool first = true;
  for (const auto& fragment : delta.tool_calls) {
    if (!first) *out_ += ',';
    first = false;
    append_fragment(*out_, fragment);
  }
  *out_ += ']';
}

void ChunkWriter::on_delta(const Delta& delta) {
  assert(out_ != nullptr);
  if (delta.usage != nullptr) {
    usage_ = *delta.usage;
    has_usage_ = true;
  }
  const bool payload = delta.has_payload() || !delta.logprobs.empty();
  if (!payload && delta.finish == FinishReason::none) return;
  ChoiceState& choice = open_choice(delta.choice);
  if (choice.finished) return;
  if (payload) write_payload(delta);
  if (delta.finish == FinishReason::none) return;
  choice.finished = true;
  begin_chunk(delta.choice);
  end_chunk(delta.finish, {});
}

void ChunkWriter::write_usage_chunk() {
  *out_ += prefix_;
  *out_ += "],\"usage\":";
  append_usage(*out_, usage_);
  *out_ += "}\n\n";
}

void ChunkWriter::finish() {
  assert(out_ != nullptr);
  if (choices_.empty()) open_choice(0);
  for (auto& choice : choices_) {
    if (choice.finished) continue;
    choice.finished = true;
    begin_chunk(choice.index);
    end_chunk(FinishReason::stop, {});
  }
  if (usage_mode_ == UsageChunk::include && has_usage_) write_usage_chunk();
  *out_ += "data: [DONE]\n\n";
}

}  // namespace freellm::chat
