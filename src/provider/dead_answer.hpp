// Some relays answer a single word that is a filter's verdict instead of a reply (Kilo: "safe",
// "unsafe"). This sink holds content back only while it could still become such a word. Private to
// the provider layer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "freellm/chat/delta.hpp"

namespace freellm::provider {

class DeadAnswerGate final : public chat::DeltaSink {
 public:
  explicit DeadAnswerGate(const std::vector<std::string>& dead_answers)
      : dead_answers_(dead_answers), open_(dead_answers.empty()) {}

  /// Where deltas go; call before each use.
  void pass_to(chat::DeltaSink& out) { out_ = &out; }
  void on_delta(const chat::Delta& delta) override;
  /// The answer has ended. True when all of it was a dead answer; otherwise what was held back goes
  /// out.
  [[nodiscard]] bool ended_dead();

  [[nodiscard]] bool is_open() const { return open_; }

 private:
  [[nodiscard]] bool could_be_dead() const;
  void let_go();

  const std::vector<std::string>& dead_answers_;
  chat::DeltaSink* out_ = nullptr;
  std::string held_;
  chat::FinishReason held_finish_ = chat::FinishReason::none;
  bool open_;
};

}  // namespace freellm::provider
