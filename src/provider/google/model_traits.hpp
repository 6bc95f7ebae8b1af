#pragma once
// What a Gemini API model id says about the dialect that model wants. Pure and thread-safe.
//
// Google changes rules by generation (thinking, signatures, JSON schema), so the id decides; an
// alias without a number ("gemini-flash-latest") means the newest generation.

#include <cstdint>
#include <string_view>

namespace freellm::provider::google {

enum class Family : std::uint8_t { gemini, gemma, other };

struct ModelTraits {
  Family family = Family::other;
  int major = 0;  ///< generation: 2 for "gemini-2.5-pro"; 0 for other families
  int minor = 0;
  bool pro = false;

  /// Refuses history calls without a thoughtSignature, gives calls ids, takes thinkingLevel and a
  /// full JSON schema.
  [[nodiscard]] bool generation_3_or_later() const {
    return family == Family::gemini && major >= 3;
  }
  /// Takes thinkingConfig.thinkingBudget; older ones refuse any thinkingConfig.
  [[nodiscard]] bool has_thinking_budget() const {
    return family == Family::gemini && major == 2 && minor >= 5;
  }
  /// Refuses systemInstruction ("Developer instruction is not enabled for this model").
  [[nodiscard]] bool folds_system() const { return family == Family::gemma; }
};

[[nodiscard]] ModelTraits model_traits(std::string_view model_id);

}  // namespace freellm::provider::google
