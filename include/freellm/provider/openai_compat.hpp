#pragma once
// The adapter for every platform that speaks OpenAI's dialect: byte patching on the way out, a pull
// parser over each event on the way in, and the quirk table (quirks.hpp) for all that differs.
//
// Other adapters may reuse the decoder for answers that turn out to be in this dialect after all.

#include <memory>
#include <optional>
#include <string>

#include "freellm/provider/adapter.hpp"
#include "freellm/provider/quirks.hpp"

namespace freellm::provider {

/// A decoder for OpenAI-shaped answers, streamed or whole. `quirks` must outlive it.
[[nodiscard]] std::unique_ptr<ResponseDecoder> make_openai_decoder(const QuirkSet& quirks,
                                                                   std::string_view model_id,
                                                                   BodyKind body);

/// NVIDIA: a 202 with NVCF-REQID means the answer will be at another address. The request to poll
/// with, or nullopt when this answer is no such promise.
[[nodiscard]] std::optional<UpstreamRequest> poll_request(int status,
                                                          const wire::HeaderList& headers,
                                                          const Route& route);

}  // namespace freellm::provider
