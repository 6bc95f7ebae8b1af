#pragma once
// Reads what an OpenAI-compatible GET /models answers, in the shapes that llama.cpp, vLLM, LM
// Studio, Ollama and gateways give it. Pure.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "freellm/base/result.hpp"

namespace freellm::server::admin {

struct ListedModel {
  std::string upstream_id;
  std::int64_t context_window = 0;  ///< tokens; 0 = not said
  bool vision = false;              ///< takes images, as it says
};

/// In the order given, without repetitions, at most 1000. Fails when it is no such list.
[[nodiscard]] Result<std::vector<ListedModel>> read_model_list(std::string_view body);

}  // namespace freellm::server::admin
