#pragma once
// BoundedRows: a queue that drops its oldest row when full. Not thread-safe. Private to the store.

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace freellm::store {

template <class T>
class BoundedRows {
 public:
  explicit BoundedRows(std::size_t capacity) : capacity_(std::max<std::size_t>(capacity, 1)) {}

  /// Returns how many rows were dropped to make room: 0 or 1.
  std::size_t push(T row) {
    if (rows_.size() < capacity_) {
      rows_.push_back(std::move(row));
      return 0;
    }
    rows_[oldest_] = std::move(row);
    oldest_ = (oldest_ + 1) % capacity_;
    return 1;
  }

  /// Replaces `into` by everything queued, oldest first. The two swap their memory, so that a
  /// steady load allocates nothing; what a burst has left behind is given back.
  void take(std::vector<T>& into) {
    into.clear();
    if (into.capacity() > kKeptCapacity) into.shrink_to_fit();
    std::rotate(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(oldest_), rows_.end());
    oldest_ = 0;
    std::swap(rows_, into);
  }

  [[nodiscard]] std::size_t size() const { return rows_.size(); }

 private:
  static constexpr std::size_t kKeptCapacity = 4096;

  std::size_t capacity_;
  std::size_t oldest_ = 0;  ///< moves only once the queue is full
  std::vector<T> rows_;
};

}  // namespace freellm::store
