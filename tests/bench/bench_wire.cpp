// How fast the codecs are. Not a test: ninja bench_wire && tests/bench/bench_wire.

#include <benchmark/benchmark.h>

#include <string>

#include "freellm/wire/http1_request_decoder.hpp"
#include "freellm/wire/http1_response_decoder.hpp"
#include "freellm/wire/json_scan.hpp"
#include "freellm/wire/json_text.hpp"
#include "freellm/wire/sse.hpp"

namespace {

using namespace freellm::wire;

std::string event_stream() {
  std::string out;
  for (int i = 0; i < 64; ++i) {
    append_sse_event(
        out,
        R"({"id":"chatcmpl-5f0c","object":"chat.completion.chunk","created":1760000000,"model":"m-70b",)"
        R"("choices":[{"index":0,"delta":{"content":" token"},"logprobs":null,"finish_reason":null}]})");
  }
  return out;
}

void sse_decode(benchmark::State& state) {
  const auto bytes = event_stream();
  const auto piece = static_cast<std::size_t>(state.range(0));
  std::size_t events = 0;
  SseDecoder decoder;
  for (auto _ : state) {
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      auto status =
          decoder.feed(std::string_view{bytes}.substr(at, piece), [&](const SseEvent& event) {
            benchmark::DoNotOptimize(event.data.data());
            ++events;
          });
      benchmark::DoNotOptimize(status);
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
  state.SetItemsProcessed(static_cast<std::int64_t>(events));
}
BENCHMARK(sse_decode)->Arg(180)->Arg(1000)->Arg(16384);

constexpr std::string_view kRequestHead =
    "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost:3001\r\nUser-Agent: OpenAI/Python "
    "1.99.1\r\n"
    "Accept: application/json\r\nAccept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\n"
    "Content-Type: application/json\r\nAuthorization: Bearer 0123456789abcdef0123456789abcdef\r\n"
    "X-Stainless-Lang: python\r\nX-Stainless-Runtime: CPython\r\nX-Stainless-Retry-Count: 0\r\n"
    "Content-Length: 1024\r\n\r\n";

void request_head(benchmark::State& state) {
  Http1RequestDecoder decoder;
  for (auto _ : state) {
    decoder.reset();
    auto used = decoder.feed(kRequestHead);
    benchmark::DoNotOptimize(used);
  }
}
BENCHMARK(request_head);

constexpr std::string_view kResponseHead =
    "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/event-stream\r\n"
    "Transfer-Encoding: chunked\r\nConnection: keep-alive\r\nCache-Control: no-cache\r\nServer: "
    "cdn\r\n"
    "X-RateLimit-Limit-Requests: 1000\r\nX-RateLimit-Remaining-Requests: 999\r\n"
    "X-RateLimit-Reset-Requests: 1m26.4s\r\nX-Request-Id: req_0123456789abcdef\r\nVia: 1.1 edge\r\n"
    "Strict-Transport-Security: max-age=15552000\r\nVary: Origin\r\n\r\n";

void response_head(benchmark::State& state) {
  Http1ResponseDecoder decoder;
  for (auto _ : state) {
    decoder.reset();
    auto used = decoder.feed(kResponseHead, [](std::string_view) {});
    benchmark::DoNotOptimize(used);
  }
}
BENCHMARK(response_head);

void dechunk_event(benchmark::State& state) {
  const std::string chunk = "00000b4\r\n" + std::string(180, 'x') + "\r\n";
  Http1ResponseDecoder decoder;
  auto head = decoder.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                           [](std::string_view) {});
  benchmark::DoNotOptimize(head);
  for (auto _ : state) {
    auto used =
        decoder.feed(chunk, [](std::string_view body) { benchmark::DoNotOptimize(body.data()); });
    benchmark::DoNotOptimize(used);
  }
}
BENCHMARK(dechunk_event);

/// A chat request of about `size` bytes: mostly text, as prompts are.
std::string chat_request(std::size_t size) {
  std::string out = R"({"model":"auto","stream":true,"temperature":0.7,"messages":[)";
  while (out.size() + 200 < size) {
    out +=
        R"({"role":"user","content":"Some lines of a prompt with a \"quote\", a line end\n and ordinary words )";
    out += R"(that go on for a while, as people and programs write them."},)";
  }
  return out + R"({"role":"user","content":"go"}],"max_tokens":512})";
}

void json_validate(benchmark::State& state) {
  const auto json = chat_request(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    auto status = validate_json(json);
    benchmark::DoNotOptimize(status);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(json.size()));
}
BENCHMARK(json_validate)->Arg(200)->Arg(1024)->Arg(32 * 1024)->Arg(1024 * 1024);

void json_scan_members(benchmark::State& state) {
  const auto json = chat_request(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    auto status =
        scan_members(json, [](const JsonMember& m) { benchmark::DoNotOptimize(m.name.data()); });
    benchmark::DoNotOptimize(status);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(json.size()));
}
BENCHMARK(json_scan_members)->Arg(1024)->Arg(32 * 1024);

void json_escape(benchmark::State& state) {
  const std::string plain =
      "A sentence of model output with a \"quote\" and a line end\n and some more words.";
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_escaped(out, plain);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(plain.size()));
}
BENCHMARK(json_escape);

}  // namespace
