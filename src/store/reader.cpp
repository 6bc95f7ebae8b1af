#include "freellm/store/reader.hpp"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <utility>

#include "freellm/base/log.hpp"
#include "thread.hpp"

namespace freellm::store {

class Reader::Impl {
 public:
  Impl(Db db, std::size_t max_queued)
      : max_queued_(max_queued), db_(std::move(db)), thread_("store-reader", [this] { run(); }) {}

  ~Impl() { stop(); }

  void stop() {
    std::deque<std::function<void(Db&)>> forgotten;  // destroyed outside the lock
    {
      const std::lock_guard lock{mutex_};
      if (std::exchange(is_stopping_, true)) return;
      forgotten.swap(jobs_);
    }
    wake_.notify_one();
    thread_.join();
  }

  Status post(std::function<void(Db&)> job) {
    {
      const std::lock_guard lock{mutex_};
      if (is_stopping_) {
        return Error{.kind = ErrorKind::storage,
                     .http_status = 503,
                     .message = "the service is stopping",
                     .code = "busy"};
      }
      if (jobs_.size() >= max_queued_) {
        return Error{.kind = ErrorKind::storage,
                     .http_status = 503,
                     .message = "too many queries are waiting; try again in a moment",
                     .code = "busy"};
      }
      jobs_.push_back(std::move(job));
    }
    wake_.notify_one();
    return {};
  }

 private:
  void run() {
    for (;;) {
      std::function<void(Db&)> job;
      {
        std::unique_lock lock{mutex_};
        wake_.wait(lock, [&] { return is_stopping_ || !jobs_.empty(); });
        if (is_stopping_) return;
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
      try {
        job(db_);
      } catch (const std::exception& error) {
        LOG_ERROR("a store query threw error=\"{}\"", error.what());
      }
    }
  }

  const std::size_t max_queued_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void(Db&)>> jobs_;
  bool is_stopping_ = false;

  Db db_;  ///< of the thread alone
  Thread thread_;
};

Reader::Reader(Db db, std::size_t max_queued)
    : impl_(std::make_unique<Impl>(std::move(db), max_queued)) {}
Reader::~Reader() = default;

void Reader::stop() { impl_->stop(); }

Status Reader::post(std::function<void(Db&)> job) { return impl_->post(std::move(job)); }

}  // namespace freellm::store
