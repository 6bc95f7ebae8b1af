#include "provider/dead_answer.hpp"

#include <algorithm>
#include <cctype>

namespace freellm::provider {

namespace {

bool starts_with_ignoring_case(std::string_view text, std::string_view start) {
  return text.size() >= start.size() &&
         std::equal(start.begin(), start.end(), text.begin(), [](unsigned char a, unsigned char b) {
           return std::tolower(a) == std::tolower(b);
         });
}

/// Without spaces, and without escaped line ends, at the end.
std::string_view without_trailing_space(std::string_view text) {
  for (;;) {
    if (text.ends_with(' ')) {
      text.remove_suffix(1);
    } else if (text.ends_with("\\n") || text.ends_with("\\r") || text.ends_with("\\t")) {
      text.remove_suffix(2);
    } else {
      return text;
    }
  }
}

}  // namespace

bool DeadAnswerGate::could_be_dead() const {
  const auto text = without_trailing_space(held_);
  return held_.size() < 64 &&
         std::any_of(dead_answers_.begin(), dead_answers_.end(),
                     [&](const auto& dead) { return starts_with_ignoring_case(dead, text); });
}

void DeadAnswerGate::let_go() {
  open_ = true;
  if (!held_.empty()) out_->on_delta({.content = held_});
  if (held_finish_ != chat::FinishReason::none) out_->on_delta({.finish = held_finish_});
}

void DeadAnswerGate::on_delta(const chat::Delta& delta) {
  if (open_) return out_->on_delta(delta);
  // Calls, a refusal or a second choice make it an answer whatever the words are.
  const bool is_answer = !delta.tool_calls.empty() || !delta.refusal.empty() || delta.choice != 0;
  held_ += delta.content;
  if (is_answer || !could_be_dead()) {
    held_.resize(held_.size() - delta.content.size());
    let_go();
    return out_->on_delta(delta);
  }
  if (delta.finish != chat::FinishReason::none) held_finish_ = delta.finish;
  chat::Delta rest = delta;
  rest.content = {};
  rest.finish = chat::FinishReason::none;
  if (rest.has_payload() || rest.usage != nullptr) out_->on_delta(rest);
}

bool DeadAnswerGate::ended_dead() {
  if (open_) return false;
  const auto text = without_trailing_space(held_);
  const bool dead =
      std::any_of(dead_answers_.begin(), dead_answers_.end(), [&](const auto& answer) {
        return answer.size() == text.size() && starts_with_ignoring_case(answer, text);
      });
  if (!dead) let_go();
  return dead;
}

}  // namespace freellm::provider
