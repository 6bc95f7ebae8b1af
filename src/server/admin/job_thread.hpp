#pragma once
// JobThread: a thread that runs what it is given, one after another. Private to the admin sources.
//
// Thread-safe. Bounded: what does not fit is refused.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace freellm::server::admin {

class JobThread {
 public:
  JobThread(const char* name, std::size_t max_jobs);
  /// Finishes the running job and forgets the others.
  ~JobThread();
  JobThread(const JobThread&) = delete;
  JobThread& operator=(const JobThread&) = delete;

  /// False when too many wait.
  [[nodiscard]] bool post(std::function<void()> job);

 private:
  void run();

  const std::size_t max_jobs_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace freellm::server::admin
