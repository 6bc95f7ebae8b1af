#include "freellm/net/worker.hpp"

#include <boost/asio/post.hpp>

#include "freellm/base/log.hpp"

namespace freellm::net {

Worker::Worker(Resolver& resolver, const TlsContext& tls)
    : work_(asio::make_work_guard(io_)),
      deadlines_(io_),
      connector_{io_, resolver, tls, tls_sessions_, deadlines_},
      pool_(deadlines_),
      random_(make_system_random()),
      scratch_(kScratchBytes) {}

void Worker::start() {
  thread_ = std::thread([this] {
    for (;;) {
      try {
        io_.run();
        return;
      } catch (const std::exception& e) {
        // Only a handler that is not a coroutine can get here; the loop goes on with the next one.
        LOG_ERROR("event loop caught an exception: {}", e.what());
      }
    }
  });
}

void Worker::stop() {
  post([this] {
    pool_.shut_down();
    deadlines_.shutdown();
    work_.reset();
  });
  if (thread_.joinable()) thread_.join();
}

void Worker::post(std::function<void()> action) { asio::post(io_, std::move(action)); }

}  // namespace freellm::net
