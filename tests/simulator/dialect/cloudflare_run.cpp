// Workers AI's native /ai/run. Facts: developers.cloudflare.com and recorded streams, 2026-11.

#include "dialect/dialect.hpp"

namespace simulator {
namespace {

Json usage_of_run(const Turn& turn) {
  return {{"prompt_tokens", turn.prompt_tokens},
          {"completion_tokens", turn.completion_tokens()},
          {"total_tokens", turn.total_tokens()}};
}

/// Native calls have no id, and arguments as an object.
Json calls_of(const Turn& turn) {
  Json calls = Json::array();
  for (const auto& call : turn.calls)
    calls.push_back({{"name", call.name}, {"arguments", call.arguments}});
  return calls;
}

std::string padding(std::size_t n) {
  return std::string("abdefghijklmnopqrstuvwxyz0123456789").substr(0, n * 7 % 35);
}

}  // namespace

Reply render_cloudflare_run(const Turn& turn, const RenderContext& context) {
  Reply reply;
  if (!context.prompt.stream) {
    Json result{{"response", turn.calls.empty() ? Json(turn.text) : Json(nullptr)},
                {"tool_calls", calls_of(turn)},
                {"usage", usage_of_run(turn)}};
    reply.body = to_text({{"result", std::move(result)},
                          {"success", true},
                          {"errors", Json::array()},
                          {"messages", Json::array()}});
    return reply;
  }
  reply.is_stream = true;
  reply.content_type = "text/event-stream";
  for (const auto& piece : in_pieces(turn.text))
    reply.events.push_back(
        {sse_data({{"response", piece}, {"p", padding(reply.events.size())}}), 1});
  if (!turn.calls.empty()) {
    reply.events.push_back({sse_data({{"tool_calls", calls_of(turn)}}), 4});
    reply.events.push_back({sse_data({{"finish_reason", "tool_calls"}}), 0});
  }
  reply.events.push_back({sse_data({{"response", ""}, {"usage", usage_of_run(turn)}}), 0});
  if (!context.options.no_done) reply.events.push_back({"data: [DONE]\n\n", 0});
  return reply;
}

}  // namespace simulator
