// Every way in which bytes may arrive that is worth trying: whole, byte by byte, cut once at every
// place, cut at random places. A decoder's outcome must be the same for all of them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "freellm/base/random.hpp"

namespace freellm::testing {

using Pieces = std::vector<std::string_view>;

inline Pieces in_pieces_of(std::string_view text, std::size_t size) {
  Pieces pieces;
  for (std::size_t at = 0; at < text.size(); at += size) pieces.push_back(text.substr(at, size));
  return pieces;
}

inline Pieces cut_once(std::string_view text, std::size_t at) {
  return {text.substr(0, at), text.substr(at)};
}

inline Pieces random_cuts(std::string_view text, std::uint64_t seed) {
  SeededRandom random{seed};
  const auto longest = 1 + random.below(text.size() + 1);
  Pieces pieces;
  while (!text.empty()) {
    const auto size = static_cast<std::size_t>(random.below(longest + 1));  // empty pieces too
    pieces.push_back(text.substr(0, size));
    text.remove_prefix(pieces.back().size());
  }
  return pieces;
}

/// All of them, the whole text first.
inline std::vector<Pieces> every_cut(std::string_view text) {
  std::vector<Pieces> all{{text}, in_pieces_of(text, 1)};
  for (std::size_t at = 1; at < text.size(); ++at) all.push_back(cut_once(text, at));
  for (std::uint64_t seed = 0; seed < 50; ++seed) all.push_back(random_cuts(text, seed));
  return all;
}

}  // namespace freellm::testing
