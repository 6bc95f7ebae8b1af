#include "freellm/app/daemon.hpp"

#include <atomic>
#include <cstdio>

#include "daemon_process.hpp"
#include "freellm/base/log.hpp"
#include "service_notify.hpp"
#include "signals.hpp"

namespace freellm::app {
namespace {

int fail(const Error& error) {
  std::fprintf(stderr, "freellmapi: %s\n", error.message.c_str());
  return error.kind == ErrorKind::configuration ? kExitUsage : kExitFailure;
}

}  // namespace

int Daemon::run() {
  if (const Status started = start(); !started) return fail(started.error());
  announce();
  notify_service(environment_, ServiceState::ready);
  serve_until_stopped();
  notify_service(environment_, ServiceState::stopping);
  drain();
  return kExitOk;
}

void Daemon::serve_until_stopped() {
  for (;;) {
    if (wait_for_signal() == SignalKind::stop) return;
    notify_service(environment_, ServiceState::reloading);
    reload();
    notify_service(environment_, ServiceState::ready);
  }
}

void Daemon::drain() {
  LOG_INFO("stopping: running requests may go on for up to {} ms", config_.drain_timeout.count());
  services_->draining = true;
  admin_->close();
  listener_->stop();
  auto empty = std::make_shared<std::atomic<std::size_t>>(0);
  for (auto& slot : workers_) {
    auto* sessions = &slot->sessions;
    slot->net->post([sessions, empty] { sessions->drain([empty] { empty->fetch_add(1); }); });
  }
  const auto is_empty = [&] { return empty->load() == workers_.size(); };
  if (!wait_until(is_empty, config_.drain_timeout)) {
    LOG_WARN("drain timeout passed; closing the remaining requests");
    for (auto& slot : workers_) {
      auto* sessions = &slot->sessions;
      slot->net->post([sessions] { sessions->close_all(); });
    }
    (void)wait_until(is_empty, Millis{2'000});
  }
  resolver_->stop();
  for (auto& slot : workers_) slot->net->stop();
  store_->reader().stop();  // its answers go to the workers, which die first
  if (const Status flushed = store_->writer().flush(); !flushed) {
    LOG_ERROR("the last log rows were lost: {}", flushed.error().message);
  }
  LOG_INFO("stopped");
}

int serve(const Flags& flags, Environment environment) {
  take_signals();
  int code = kExitFailure;
  {
    Daemon daemon{flags, std::move(environment)};
    code = daemon.run();
  }
  log::shutdown();
  return code;
}

}  // namespace freellm::app
