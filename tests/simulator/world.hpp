#pragma once
// All that a simulator run remembers, in one place. Lives on the event loop; not thread-safe.

#include <map>
#include <set>
#include <string>

#include "core/faults.hpp"
#include "core/journal.hpp"
#include "core/limits.hpp"

namespace simulator {

struct PlatformCounts {
  std::int64_t requests = 0;
  std::int64_t answered = 0;
  std::int64_t overruns = 0;  ///< requests that ran into a limit: a pool with true books has none
  std::int64_t bad_keys = 0;
  std::int64_t invalid = 0;
  std::int64_t in_flight = 0;
  std::int64_t aborted = 0;
};

/// An answer that NVIDIA has promised with a 202.
struct PromisedReply {
  Reply reply;
  int polls_left = 0;
};

struct World {
  Journal journal;
  FaultBook faults;
  Limits limits;
  Pace pace;
  std::int64_t quota_clock_offset_ms = 0;
  std::map<std::string, PlatformCounts> counts;
  /// Models a platform lists and serves; a platform without an entry serves any name but
  /// "no-such-…".
  std::map<std::string, std::set<std::string>> models;
  std::map<std::string, PromisedReply> promised;

  [[nodiscard]] WallMs quota_now() const { return unix_ms() + quota_clock_offset_ms; }
};

}  // namespace simulator
