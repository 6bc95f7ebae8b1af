#pragma once
// Reader: one thread with a read-only connection, for dashboard queries. I/O threads never call
// SQLite.
//
// Thread-safe. Jobs run one after another in the order asked; `job` posts its result back to
// whoever wants it.

#include <cstddef>
#include <functional>
#include <memory>

#include "freellm/base/result.hpp"
#include "freellm/store/sqlite.hpp"

namespace freellm::store {

class Reader {
 public:
  explicit Reader(Db db, std::size_t max_queued = 256);
  /// Lets the running job end and forgets the others.
  ~Reader();
  /// Likewise, before the end: to be called by one thread, while whatever the jobs post their
  /// results to still lives. Every later post() fails.
  void stop();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// Fails (kind storage, "too many queries are waiting") instead of queueing without bound.
  [[nodiscard]] Status post(std::function<void(Db&)> job);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace freellm::store
