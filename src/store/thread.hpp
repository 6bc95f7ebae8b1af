#pragma once
// A named thread that takes no signals (those belong to the main thread). Private to the store.

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <thread>
#include <utility>

namespace freellm::store {

class Thread {
 public:
  template <class Body>
  Thread(const char* name, Body body) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);  // inherited by the new thread
    thread_ = std::thread{[run = std::move(body)]() mutable {
      // A worker with a request must not wait for its core behind a batch of log rows.
      ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
      run();
    }};
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_setname_np(thread_.native_handle(), name);
  }
  void join() { thread_.join(); }

 private:
  static constexpr int kNice = 5;

  std::thread thread_;
};

}  // namespace freellm::store
