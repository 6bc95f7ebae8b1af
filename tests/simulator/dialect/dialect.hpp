#pragma once
// What every dialect offers: read a request body into a Prompt, write a Turn out as a Reply.
// Pure functions; malformed JSON types throw Json::exception, which the service answers with 400.

#include <string>
#include <string_view>

#include "core/platform.hpp"
#include "core/prompt.hpp"
#include "io/script.hpp"

namespace simulator {

/// Deviations from a platform's normal stream, asked for by faults.
struct RenderOptions {
  bool no_done = false;            ///< leave out "[DONE]"
  bool no_finish = false;          ///< no finish_reason anywhere
  bool repeat_role = false;        ///< role in every delta
  bool split_calls_badly = false;  ///< parallel calls share index 0
  bool no_call_ids = false;
  std::string usage;          ///< "", "none", "zero", "on_content", "null_choices", "always"
  std::string finish_reason;  ///< replaces the platform's word for it
};

/// Everything a renderer needs beside the turn.
struct RenderContext {
  const Platform& platform;
  const Prompt& prompt;
  RenderOptions options;
  std::uint64_t serial = 0;  ///< number of this request: seeds ids
  std::int64_t created = 0;  ///< unix seconds
};

[[nodiscard]] Prompt parse_openai(const Json& body, const Platform& platform);
[[nodiscard]] Reply render_openai(const Turn& turn, const RenderContext& context);

[[nodiscard]] Prompt parse_google(const Json& body, std::string_view model);
[[nodiscard]] Reply render_google(const Turn& turn, const RenderContext& context);
[[nodiscard]] Prompt parse_cohere(const Json& body, const Platform& platform);
[[nodiscard]] Reply render_cohere(const Turn& turn, const RenderContext& context);
[[nodiscard]] Reply render_cloudflare_run(const Turn& turn, const RenderContext& context);
[[nodiscard]] Prompt parse_ollama(const Json& body, const Platform& platform);
[[nodiscard]] Reply render_ollama(const Turn& turn, const RenderContext& context);

/// A failure in the middle of a stream, as `slug` reports it.
[[nodiscard]] std::string in_band_error(std::string_view slug, std::string_view message, int code);

[[nodiscard]] std::string to_text(const Json& json);
[[nodiscard]] std::string sse_data(const Json& json);
[[nodiscard]] std::string_view finish_word(Finish finish);
/// Media type and decoded size of a data URI; "url" for any other address.
[[nodiscard]] SeenImage look_at_image(std::string_view url);
[[nodiscard]] SeenImage image_from_base64(std::string_view media_type, std::string_view base64);

}  // namespace simulator
