#include "provider/google/finish_reason.hpp"

#include <algorithm>
#include <array>

namespace freellm::provider::google {
namespace {

// Gemini API reference, "FinishReason" (2026-11).
constexpr std::array<std::string_view, 11> kWithheld{"SAFETY",
                                                     "RECITATION",
                                                     "BLOCKLIST",
                                                     "PROHIBITED_CONTENT",
                                                     "SPII",
                                                     "LANGUAGE",
                                                     "IMAGE_SAFETY",
                                                     "IMAGE_PROHIBITED_CONTENT",
                                                     "IMAGE_RECITATION",
                                                     "IMAGE_OTHER",
                                                     "NO_IMAGE"};
constexpr std::array<std::string_view, 5> kBroken{
    "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS",
    "MISSING_THOUGHT_SIGNATURE", "MALFORMED_RESPONSE"};

template <std::size_t N>
bool is_in(const std::array<std::string_view, N>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

CandidateEnd candidate_end(std::string_view finish_reason) {
  if (finish_reason == "MAX_TOKENS") return {Ending::answered, chat::FinishReason::length};
  if (is_in(kWithheld, finish_reason)) {
    return {Ending::withheld, chat::FinishReason::content_filter};
  }
  if (is_in(kBroken, finish_reason)) return {Ending::broken, chat::FinishReason::none};
  return {Ending::answered, chat::FinishReason::stop};
}

}  // namespace freellm::provider::google
