#include "core/platform.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace simulator {
namespace {

using enum ReasoningForm;
using enum StreamUsage;

constexpr OpenAiStyle kGroq{.reasoning = reasoning, .usage = groq, .whole_tool_calls = true};
constexpr OpenAiStyle kCerebras{.reasoning = reasoning, .usage = on_finish};
constexpr OpenAiStyle kOpenRouter{.reasoning = reasoning,
                                  .usage = after_finish,
                                  .role_in_every_delta = true,
                                  .sends_comments = true,
                                  .names_provider = true,
                                  .id_prefix = "gen-"};
constexpr OpenAiStyle kKilo{.reasoning = reasoning,
                            .usage = always_own,
                            .role_in_every_delta = true,
                            .sends_comments = true,
                            .names_provider = true,
                            .id_prefix = "gen-"};
constexpr OpenAiStyle kAzure{.azure_prelude = true};
constexpr OpenAiStyle kSambaNova{.reasoning = think_tags};
constexpr OpenAiStyle kMistral{.reasoning = parts,
                               .usage = on_finish,
                               .pads = true,
                               .whole_tool_calls = true,
                               .finish_with_content = true,
                               .id_prefix = ""};
constexpr OpenAiStyle kCloudflare{
    .usage = always_own, .pads = true, .null_tool_sentinel = true, .id_prefix = "id-"};
constexpr OpenAiStyle kZhipu{.usage = on_finish,
                             .role_in_every_delta = true,
                             .omits_null_finish = true,
                             .whole_tool_calls = true,
                             .id_prefix = "",
                             .stream_type = "text/event-stream;charset=UTF-8"};
constexpr OpenAiStyle kOllama{
    .reasoning = reasoning, .whole_tool_calls = true, .index_in_message_calls = true};

constexpr std::array kPlatforms{
    Platform{"google", "google", "/v1beta/openai", KeyPolicy::google},
    Platform{"groq", "groq", "/openai/v1", KeyPolicy::bearer, kGroq},
    Platform{"cerebras", "cerebras", "/v1", KeyPolicy::bearer, kCerebras},
    Platform{"openrouter", "openrouter", "/api/v1", KeyPolicy::bearer, kOpenRouter},
    Platform{"github", "github", "/inference", KeyPolicy::bearer, kAzure},
    Platform{"sambanova", "sambanova", "/v1", KeyPolicy::bearer, kSambaNova},
    Platform{"mistral", "mistral", "/v1", KeyPolicy::bearer, kMistral},
    Platform{"cohere", "cohere", "/compatibility/v1"},
    // The account id stands between; see path_without_account().
    Platform{"cloudflare", "cloudflare", "/client/v4/ai/v1", KeyPolicy::bearer, kCloudflare},
    Platform{"zhipu", "zhipu", "/api/paas/v4", KeyPolicy::bearer, kZhipu},
    Platform{"zhipu-cn", "zhipu", "/api/paas/v4", KeyPolicy::bearer, kZhipu},
    Platform{"nvidia", "nvidia", "/v1"},
    Platform{"ollama", "ollama", "/v1", KeyPolicy::bearer, kOllama},
    Platform{"pollinations", "pollinations", "/v1", KeyPolicy::bearer, kAzure},
    Platform{"llm7", "llm7", "/v1", KeyPolicy::unchecked},
    Platform{"kilo", "kilo", "/api/gateway", KeyPolicy::optional, kKilo},
    // Any OpenAI-compatible endpoint a user may add.
    Platform{"openai", "openai", "/v1"},
    Platform{"custom", "openai", "/v1", KeyPolicy::unchecked},
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kLonePaths{{
    {"/v2/nvcf/", "nvidia"},
    {"/client/v4/", "cloudflare"},
    {"/catalog/models", "github"},
    {"/account/key", "pollinations"},
    {"/api/paas/v4/", "zhipu"},
}};

}  // namespace

std::string_view prefix_for_path(std::string_view path) {
  for (const auto& [start, prefix] : kLonePaths)
    if (path.starts_with(start)) return prefix;
  return {};
}

const Platform* find_platform(std::string_view prefix) {
  const auto* const at = std::find_if(kPlatforms.begin(), kPlatforms.end(),
                                      [prefix](const Platform& p) { return p.prefix == prefix; });
  return at == kPlatforms.end() ? nullptr : at;
}

}  // namespace simulator
