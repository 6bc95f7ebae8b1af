#pragma once
// What Gemini's finishReason and blockReason mean. Pure and thread-safe.

#include <cstdint>
#include <string_view>

#include "freellm/chat/delta.hpp"

namespace freellm::provider::google {

enum class Ending : std::uint8_t {
  answered,  ///< `finish` says how
  withheld,  ///< the answer, or the rest of it, was refused for its content
  broken,    ///< the model produced something that is no answer: worth another try elsewhere
};

struct CandidateEnd {
  Ending ending = Ending::answered;
  chat::FinishReason finish = chat::FinishReason::stop;
};

/// Unknown reasons count as stop: Google adds some every year, and most are endings like any other.
[[nodiscard]] CandidateEnd candidate_end(std::string_view finish_reason);

}  // namespace freellm::provider::google
