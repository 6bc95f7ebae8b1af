#pragma once
// The adapters there are. Each is stateless, thread-safe and lives as long as the process.
// adapter_for() (provider/adapter.hpp) picks one by a platform's wire format; use that outside this
// layer.

#include "freellm/provider/adapter.hpp"

namespace freellm::provider {

/// OpenAI's dialect with the quirk table; src/provider/openai_compat.cpp.
[[nodiscard]] const Adapter& openai_adapter();
/// Gemini's generateContent; src/provider/google/.
[[nodiscard]] const Adapter& google_adapter();
/// Cohere's v2 chat; src/provider/cohere/.
[[nodiscard]] const Adapter& cohere_adapter();
/// Cloudflare Workers AI; src/provider/cloudflare/.
[[nodiscard]] const Adapter& cloudflare_adapter();

}  // namespace freellm::provider
