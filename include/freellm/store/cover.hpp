#pragma once
// Which rollup cells together make up a span of time: days in the middle, hours and minutes at its
// ends, so that a long range reads few rows and a short one is exact. Pure.

#include <array>
#include <cstdint>

namespace freellm::store {

enum class Span : std::uint8_t { minute, hour, day };

/// Cells of `span` whose start lies in [from, until), milliseconds. Empty when from == until.
struct Piece {
  Span span = Span::day;
  std::int64_t from = 0;
  std::int64_t until = 0;
  bool operator==(const Piece&) const = default;
};
using Pieces = std::array<Piece, 5>;

/// Minute and hour cells are there from these instants on.
struct CellsSince {
  std::int64_t minutes = 0;
  std::int64_t hours = 0;
};

/// Covers [from, until), widened to the finest cells that are kept at each end. Pieces do not
/// overlap and stand in order of time.
[[nodiscard]] Pieces cover(std::int64_t from, std::int64_t until, CellsSince since);

}  // namespace freellm::store
