#pragma once
// ThinkSplitter: parts a leading <think>…</think> of the content from the answer, however it is
// cut.
//
// Only the very start of an answer counts, so a tag quoted later stays where it is. Leading white
// space is held until something follows it. One per choice.

#include <cstdint>
#include <string>
#include <string_view>

#include "freellm/base/function_ref.hpp"
#include "freellm/wire/json_text.hpp"

namespace freellm::chat {

class ThinkSplitter {
 public:
  enum class Part : std::uint8_t { reasoning, content };
  using Sink = FunctionRef<void(Part, wire::JsonText)>;

  explicit ThinkSplitter(bool extract) : extract_(extract) {}

  /// True when content needs no look any more: the caller may bypass feed().
  [[nodiscard]] bool passes() const { return phase_ == Phase::answer; }
  void feed(wire::JsonText text, Sink sink);
  /// Hands over what was held back. Held white space alone is dropped: it is no answer.
  void finish(Sink sink);

 private:
  enum class Phase : std::uint8_t { start, thinking, after, answer };

  void at_start(wire::JsonText text, Sink sink);
  void while_thinking(wire::JsonText text, Sink sink);
  void after_thinking(wire::JsonText text, Sink sink);

  bool extract_;
  Phase phase_ = Phase::start;
  bool at_thought_start_ = false;
  std::string_view close_;  ///< the tag that ends the thinking
  std::string held_;        ///< plain text that may be (part of) a tag
};

}  // namespace freellm::chat
