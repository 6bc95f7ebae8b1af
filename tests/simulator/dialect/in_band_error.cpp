#include "dialect/dialect.hpp"

namespace simulator {

std::string in_band_error(std::string_view slug, std::string_view message, int code) {
  const std::string text{message};
  if (slug == "google")
    return "data: " +
           to_text({{"error", {{"code", code}, {"message", text}, {"status", "UNAVAILABLE"}}}}) +
           "\r\n\r\n";
  if (slug == "groq")
    // A named event, and no [DONE] after it.
    return "event: error\n" + sse_data({{"error",
                                         {{"message", text},
                                          {"type", "internal_server_error"},
                                          {"code", "server_error"},
                                          {"status_code", code}}}});
  if (slug == "cerebras")
    return sse_data(
        {{"error", {{"message", text}, {"type", "server_error"}}}, {"status_code", code}});
  if (slug == "cohere")
    return "event: message-end\n" +
           sse_data(
               {{"type", "message-end"}, {"delta", {{"finish_reason", "ERROR"}, {"error", text}}}});
  if (slug == "openrouter" || slug == "kilo")
    return sse_data({{"error", {{"message", text}, {"code", code}}},
                     {"choices", Json::array({{{"index", 0},
                                               {"delta", {{"content", ""}}},
                                               {"finish_reason", "error"}}})}});
  return sse_data({{"error", {{"message", text}, {"type", "server_error"}, {"code", code}}}});
}

}  // namespace simulator
