#pragma once
// Everything a platform answers besides chat: model lists, key checks, NVIDIA's promised answers.

#include <optional>

#include "io/script.hpp"
#include "world.hpp"

namespace simulator {

struct Exchange;

/// Answers that need no key.
[[nodiscard]] std::optional<Reply> public_lookup(const Exchange& exchange, World& world);
/// Answers behind the key check.
[[nodiscard]] std::optional<Reply> lookup(const Exchange& exchange, World& world);
/// Keeps `reply` for later and answers 202 with the number to ask for (NVCF).
[[nodiscard]] Reply promise(Reply reply, int polls, std::uint64_t serial, World& world);

}  // namespace simulator
