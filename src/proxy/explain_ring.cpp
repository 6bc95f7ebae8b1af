#include "freellm/proxy/explain_ring.hpp"

namespace freellm::proxy {

void ExplainRing::add(routing::ExplainRecord record) {
  routing::ExplainRecord replaced;  // freed outside the lock
  const std::lock_guard lock{mutex_};
  if (records_.size() < capacity_) {
    records_.push_back(std::move(record));
    return;
  }
  replaced = std::exchange(records_[next_], std::move(record));
  next_ = (next_ + 1) % capacity_;
}

std::optional<std::string> ExplainRing::find(std::string_view request_id) const {
  std::optional<routing::ExplainRecord> found;
  {
    const std::lock_guard lock{mutex_};
    for (std::size_t back = 1; back <= records_.size(); ++back) {
      const auto& record = records_[(next_ + records_.size() - back) % records_.size()];
      if (record.request_id != request_id) continue;
      found = record;
      break;
    }
  }
  if (!found) return std::nullopt;
  return routing::to_json(*found);
}

}  // namespace freellm::proxy
