#pragma once
// The routing records of the newest requests, in memory.
//
// A record is a few hundred bytes as a value and tens of kilobytes as JSON over a full catalog, and
// nearly nobody asks for one: so it is kept as a value and turned into JSON when asked for.
// Thread-safe.

#include <cstddef>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "freellm/routing/explain.hpp"

namespace freellm::proxy {

class ExplainRing {
 public:
  explicit ExplainRing(std::size_t capacity = 1024) : capacity_(capacity) {}

  /// Replaces the oldest when full.
  void add(routing::ExplainRecord record);
  /// The newest record of that request, as JSON.
  [[nodiscard]] std::optional<std::string> find(std::string_view request_id) const;

 private:
  std::size_t capacity_;
  mutable std::mutex mutex_;
  std::vector<routing::ExplainRecord> records_;
  std::size_t next_ = 0;
};

}  // namespace freellm::proxy
