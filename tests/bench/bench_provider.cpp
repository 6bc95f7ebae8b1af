// How fast the OpenAI dialect is. Not a test: ninja bench_provider && tests/bench/bench_provider.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>

#include "freellm/provider/native.hpp"
#include "freellm/provider/openai_compat.hpp"

namespace {

using namespace freellm;

class NullSink final : public chat::DeltaSink {
 public:
  void on_delta(const chat::Delta& delta) override {
    benchmark::DoNotOptimize(delta.content.data());
  }
};

/// 64 events of about 200 bytes, as Groq sends them.
std::string event_stream() {
  std::string out;
  for (int i = 0; i < 64; ++i) {
    out +=
        R"(data: {"id":"chatcmpl-4f39f3af-3267","object":"chat.completion.chunk","created":1771434740,)"
        R"("model":"m-70b","system_fingerprint":"fp_e8","choices":[{"index":0,"delta":{"content":" token"},)"
        R"("logprobs":null,"finish_reason":null}]})"
        "\n\n";
  }
  return out;
}

void decode_events(benchmark::State& state) {
  const auto bytes = event_stream();
  const auto piece = static_cast<std::size_t>(state.range(0));
  NullSink sink;
  for (auto _ : state) {
    const auto decoder = provider::make_openai_decoder(*provider::find_quirks("groq"), "m-70b",
                                                       provider::BodyKind::event_stream);
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      auto status = decoder->feed(std::string_view{bytes}.substr(at, piece), sink);
      benchmark::DoNotOptimize(status);
    }
  }
  state.counters["ns_per_event"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * 64,
      benchmark::Counter::kIsRate | benchmark::Counter::kInvert, benchmark::Counter::kIs1000);
  state.counters["event_bytes"] = static_cast<double>(bytes.size()) / 64;
}
BENCHMARK(decode_events)->Arg(207)->Arg(1448)->Arg(16'384);

struct Target {
  catalog::Platform platform;
  catalog::Model model;
};

Target target_of(const char* slug) {
  Target target;
  target.platform.slug = target.platform.quirks = slug;
  target.platform.base_url = *wire::parse_base_url("https://api.groq.com/openai/v1");
  target.model.upstream_id = "llama-3.3-70b-versatile";
  return target;
}

/// Patching a request whose messages may go out as they are: the prompt's length must not matter.
void encode_request(benchmark::State& state) {
  const auto target = target_of("groq");
  const std::string prompt(static_cast<std::size_t>(state.range(0)), 'x');
  const auto request = chat::parse_chat_request(chat::PaddedBuffer::copy_of(
      R"({"model":"auto","stream":true,"temperature":0.7,"max_tokens":300,"seed":7,"messages":[{"role":"user","content":")" +
      prompt + R"("}]})"));
  if (!request) std::abort();
  const provider::Route route{target.platform, target.model, "gsk_0123456789",
                              target.platform.base_url};
  for (auto _ : state) {
    auto encoded = provider::openai_adapter().encode(*request, route);
    benchmark::DoNotOptimize(encoded->head.data());
  }
}
BENCHMARK(encode_request)->Arg(1'000)->Arg(30'000)->Arg(300'000);

void classify_error(benchmark::State& state) {
  const auto target = target_of("groq");
  const provider::Route route{target.platform, target.model, "k", target.platform.base_url};
  const Now now = RealClock{}.now();
  for (auto _ : state) {
    auto failure = provider::openai_adapter().classify(
        429, {},
        R"({"error":{"message":"Rate limit reached for model `x` on tokens per minute (TPM): Limit 12000, Used 4437, )"
        R"(Requested 9854. Please try again in 11.455s.","type":"tokens","code":"rate_limit_exceeded"}})",
        route, now);
    benchmark::DoNotOptimize(failure.failure);
  }
}
BENCHMARK(classify_error);

}  // namespace
