#include "freellm/provider/rescue.hpp"

#include <string>
#include <vector>

#include "freellm/base/random.hpp"
#include "freellm/chat/normalizer.hpp"
#include "freellm/chat/tool_schemas.hpp"
#include "freellm/provider/failure.hpp"
#include "freellm/wire/json_text.hpp"

namespace freellm::provider {

namespace {

/// Keeps only the tool calls, as copies: whether they are wanted is known at the end.
class CallCollector final : public chat::DeltaSink {
 public:
  void on_delta(const chat::Delta& delta) override {
    for (const auto& call : delta.tool_calls) {
      calls_.push_back(
          {call.index, std::string(call.id), std::string(call.name), std::string(call.arguments)});
    }
  }

  void replay(chat::DeltaSink& out) const {
    for (const auto& call : calls_) {
      const chat::ToolCallFragment fragment{call.index, call.id, call.name, call.arguments};
      out.on_delta({.tool_calls = {&fragment, 1}});
    }
    out.on_delta({.finish = chat::FinishReason::tool_calls});
  }

 private:
  struct Call {
    std::optional<std::uint32_t> index;
    std::string id, name, arguments;
  };
  std::vector<Call> calls_;
};

}  // namespace

bool rescue_failed_generation(std::string_view error_body, const chat::ChatRequest& request,
                              chat::DeltaSink& out) {
  if (request.tool_names.empty()) return false;
  const auto text = read_error(400, error_body).failed_generation;
  if (text.empty()) return false;
  const chat::ToolSchemas tools(request);
  CallCollector calls;
  auto random = make_system_random();
  chat::StreamNormalizer normalizer(calls, {.tools = &tools}, random);
  const auto content = wire::escaped(text);
  normalizer.on_delta({.content = content});
  normalizer.on_delta({.finish = chat::FinishReason::stop});
  normalizer.finish();
  if (!normalizer.saw_tool_calls()) return false;
  calls.replay(out);
  return true;
}

}  // namespace freellm::provider
