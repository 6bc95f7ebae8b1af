#include "freellm/app/daemon.hpp"

#include <unistd.h>

#include <atomic>
#include <cstdio>

#include "daemon_process.hpp"
#include "freellm/base/log.hpp"
#include "freellm/store/settings.hpp"
#include "service_notify.hpp"
#include "signals.hpp"

namespace freellm::app {
namespace {

/// From the end of the drain: for requests to hear that they are closed, for the last rows to be
/// written, and for all threads to end.
constexpr Millis kDrainGrace{2'000};
constexpr Millis kLastWrite{3'000};
constexpr Millis kLastSteps{2'000};
constexpr Millis kLastLines{2'000};

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
  exit_guard_.arm(config_.drain_timeout + kDrainGrace + kLastWrite + kLastSteps, [] {
    log::last_words("something does not end, the disk most likely; leaving without it");
    ::_exit(kExitFailure);
  });
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
    (void)wait_until(is_empty, kDrainGrace);
  }
  resolver_->stop();
  for (auto& slot : workers_) slot->net->stop();
  write_out();
  store_->reader().stop();  // its answers go to the workers, which die first
  LOG_INFO("stopped");
}

/// The last rows of log and journal. On a disk that hangs they are given up.
void Daemon::write_out() {
  auto& writer = store_->writer();
  if (const auto used = services_->metrics.last_key_use(); used > WallTime{}) {
    writer.change(
        [used](store::Db& db) { return store::note_secret_use(db, store::kUnifiedApiKey, used); },
        nullptr);
  }
  if (const Status flushed = writer.flush_within(kLastWrite); !flushed) {
    LOG_ERROR("lost: up to {} rows of request log and quota journal could not be written: {}",
              writer.stats().queued_rows + 1, flushed.error().message);
  }
}

int serve(const Flags& flags, Environment environment) {
  take_signals();
  int code = kExitFailure;
  ExitGuard exit_guard;
  {
    Daemon daemon{flags, std::move(environment), exit_guard};
    code = daemon.run();
  }
  // Whoever should read our last lines may have stopped reading.
  ExitGuard log_guard;
  log_guard.arm(kLastLines, [code] { ::_exit(code); });
  log::shutdown();
  return code;
}

}  // namespace freellm::app
