#include "job_thread.hpp"

#include <pthread.h>

#include <utility>

namespace freellm::server::admin {

JobThread::JobThread(const char* name, std::size_t max_jobs)
    : max_jobs_(max_jobs), thread_([this] { run(); }) {
  ::pthread_setname_np(thread_.native_handle(), name);
}

JobThread::~JobThread() {
  std::deque<std::function<void()>> forgotten;  // destroyed outside the lock
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
    forgotten.swap(jobs_);
  }
  wake_.notify_all();
  thread_.join();
}

bool JobThread::post(std::function<void()> job) {
  {
    const std::lock_guard lock{mutex_};
    if (stopping_ || jobs_.size() >= max_jobs_) return false;
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
}

void JobThread::run() {
  for (;;) {
    std::function<void()> job;
    {
      std::unique_lock lock{mutex_};
      wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (stopping_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job();
  }
}

}  // namespace freellm::server::admin
