// What the chat layer costs per request and per streamed delta.
//   cmake --preset release && ninja -C build/release bench_chat &&
//   build/release/tests/bench/bench_chat

#include <benchmark/benchmark.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "freellm/chat/canonical.hpp"
#include "freellm/chat/chunk_writer.hpp"
#include "freellm/chat/normalizer.hpp"
#include "freellm/chat/request.hpp"
#include "freellm/chat/token_estimate.hpp"

namespace {

namespace chat = freellm::chat;

constexpr std::string_view kSentence =
    "The quick brown fox said \\\"no\\\" to the lazy dog, then left for the next town.\\n";

/// A conversation of about `bytes`, in messages of some 400 bytes (or one long one).
std::string conversation(std::size_t bytes, std::size_t message_bytes) {
  std::string body =
      R"({"model":"auto","stream":true,"stream_options":{"include_usage":true},"temperature":0.7,"messages":[{"role":"system","content":"You are helpful."})";
  for (int i = 0; body.size() + 2 < bytes; ++i) {
    body += i % 2 == 0 ? R"(,{"role":"user","content":")" : R"(,{"role":"assistant","content":")";
    const std::size_t end = std::min(body.size() + message_bytes, bytes - 4);
    while (body.size() < end) body += kSentence;
    body += "\"}";
  }
  return body + "]}";
}

/// An agent's request: most of it tool declarations.
std::string agent_request(std::size_t bytes) {
  std::string body =
      R"({"model":"auto","messages":[{"role":"user","content":"list the files"}],"tools":[)";
  for (int i = 0; body.size() < bytes; ++i) {
    if (i > 0) body += ',';
    body +=
        R"({"type":"function","function":{"name":"tool_)" + std::to_string(i) +
        R"(","description":"Reads a file and returns its lines.","parameters":{"type":"object","properties":{"path":{"type":"string","description":"Absolute path"},"offset":{"type":"integer","minimum":0},"limit":{"type":"integer"}},"required":["path"],"additionalProperties":false}}})";
  }
  return body + "]}";
}

void parse(benchmark::State& state, const std::string& body) {
  for (auto _ : state) {
    state.PauseTiming();
    auto buffer = chat::PaddedBuffer::copy_of(body);
    state.ResumeTiming();
    auto parsed = chat::parse_chat_request(std::move(buffer));
    if (!parsed) state.SkipWithError(parsed.error().message.c_str());
    benchmark::DoNotOptimize(parsed);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(body.size()) * state.iterations());
}

/// The copy into the buffer is timed too: PauseTiming costs more than a small request.
void copy_and_parse(benchmark::State& state, const std::string& body) {
  for (auto _ : state) {
    auto parsed = chat::parse_chat_request(chat::PaddedBuffer::copy_of(body));
    if (!parsed) state.SkipWithError(parsed.error().message.c_str());
    benchmark::DoNotOptimize(parsed);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(body.size()) * state.iterations());
}

void BM_Parse1KB(benchmark::State& state) { copy_and_parse(state, conversation(1024, 300)); }
void BM_Parse32KB(benchmark::State& state) { copy_and_parse(state, conversation(32 * 1024, 2000)); }
void BM_Parse300KB(benchmark::State& state) { parse(state, conversation(300 * 1024, 8000)); }
void BM_ParseTools32KB(benchmark::State& state) { copy_and_parse(state, agent_request(32 * 1024)); }
void BM_CopyOnly32KB(benchmark::State& state) {
  const std::string body = conversation(32 * 1024, 2000);
  for (auto _ : state) {
    auto buffer = chat::PaddedBuffer::copy_of(body);
    benchmark::DoNotOptimize(buffer.data());
  }
}

void BM_Canonical32KB(benchmark::State& state) {
  const auto parsed =
      chat::parse_chat_request(chat::PaddedBuffer::copy_of(conversation(32 * 1024, 2000)));
  for (auto _ : state) {
    auto messages = chat::canonical_messages(*parsed, {});
    benchmark::DoNotOptimize(&messages);
  }
}

void BM_CountText32KB(benchmark::State& state) {
  const std::string text = conversation(32 * 1024, 2000);
  for (auto _ : state) benchmark::DoNotOptimize(chat::count_json_text(text));
}

class NullSink final : public chat::DeltaSink {
 public:
  void on_delta(const chat::Delta& delta) override { benchmark::DoNotOptimize(&delta); }
};

constexpr std::string_view kToken = " token and then some";

void BM_NormaliseContentDelta(benchmark::State& state) {
  NullSink sink;
  freellm::SeededRandom random{1};
  chat::StreamNormalizer normalizer{sink, {}, random};
  chat::Delta delta;
  delta.content = kToken;
  for (auto _ : state) normalizer.on_delta(delta);
}

void BM_NormaliseContentDeltaWithTools(benchmark::State& state) {
  const auto request = chat::parse_chat_request(chat::PaddedBuffer::copy_of(agent_request(2000)));
  const chat::ToolSchemas tools{*request};
  NullSink sink;
  freellm::SeededRandom random{1};
  chat::NormalizerOptions options;
  options.tools = &tools;
  chat::StreamNormalizer normalizer{sink, options, random};
  chat::Delta delta;
  delta.content = kToken;
  for (auto _ : state) normalizer.on_delta(delta);
}

void BM_WriteContentChunk(benchmark::State& state) {
  chat::ChunkWriter writer{{.id = "chatcmpl-0123456789", .created = 1, .model = "llama-3.3-70b"},
                           chat::UsageChunk::omit};
  std::string out;
  writer.write_to(out);
  chat::Delta delta;
  delta.content = kToken;
  for (auto _ : state) {
    out.clear();
    writer.on_delta(delta);
    benchmark::DoNotOptimize(out.data());
  }
}

void BM_NormaliseAndWrite(benchmark::State& state) {
  chat::ChunkWriter writer{{.id = "chatcmpl-0123456789", .created = 1, .model = "llama-3.3-70b"},
                           chat::UsageChunk::omit};
  std::string out;
  writer.write_to(out);
  freellm::SeededRandom random{1};
  chat::StreamNormalizer normalizer{writer, {}, random};
  chat::Delta delta;
  delta.content = kToken;
  for (auto _ : state) {
    out.clear();
    normalizer.on_delta(delta);
    benchmark::DoNotOptimize(out.data());
  }
}

BENCHMARK(BM_Parse1KB);
BENCHMARK(BM_Parse32KB);
BENCHMARK(BM_Parse300KB);
BENCHMARK(BM_ParseTools32KB);
BENCHMARK(BM_CopyOnly32KB);
BENCHMARK(BM_Canonical32KB);
BENCHMARK(BM_CountText32KB);
BENCHMARK(BM_NormaliseContentDelta);
BENCHMARK(BM_NormaliseContentDeltaWithTools);
BENCHMARK(BM_WriteContentChunk);
BENCHMARK(BM_NormaliseAndWrite);

}  // namespace
