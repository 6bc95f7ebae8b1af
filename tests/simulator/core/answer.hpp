#pragma once
// The simulated model: a deterministic answer to a prompt. The same prompt always gets the same
// turn.

#include "core/prompt.hpp"

namespace simulator {

/// Never fails. Tool call ids are left to the dialects, which have their own forms.
[[nodiscard]] Turn answer(const Prompt& prompt);

/// Whether a model of this name thinks before it answers.
[[nodiscard]] bool is_reasoning_model(std::string_view model);

/// The smallest value that satisfies `schema`, filled with plausible things found in `hint`.
[[nodiscard]] Json instance_of(const Json& schema, std::string_view hint);

/// Deterministic letters and digits, for ids: the same seed gives the same id.
[[nodiscard]] std::string make_id(std::string_view prefix, std::size_t length, std::uint64_t seed);

}  // namespace simulator
