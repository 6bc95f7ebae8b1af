#pragma once
// The span of time that an analytics page asks for. Pure. Private to the admin sources.

#include "freellm/server/admin/admin.hpp"
#include "freellm/store/usage_log.hpp"

namespace freellm::server::admin {

struct Range {
  WallTime from, to;
  [[nodiscard]] Millis length() const { return std::chrono::duration_cast<Millis>(to - from); }
  /// The same length of time before.
  [[nodiscard]] Range previous() const { return {from - (to - from), from}; }
};

/// From the parameters from and to, else range. Errors: 400.
[[nodiscard]] Result<Range> read_range_of(const Request& request);

/// The bucket of a timeline: as asked for, else one that makes a readable number of points. Errors:
/// 400.
[[nodiscard]] Result<store::Span> read_bucket(const Request& request, const Range& range);
[[nodiscard]] Millis width_of(store::Span span);
[[nodiscard]] WallTime floor_to(WallTime time, Millis width);

}  // namespace freellm::server::admin
