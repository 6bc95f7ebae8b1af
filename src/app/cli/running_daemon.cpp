#include "running_daemon.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>

#include "freellm/store/data_dir_lock.hpp"
#include "freellm/store/settings.hpp"
#include "freellm/store/store.hpp"

namespace freellm::app {
namespace {

constexpr const char* kSetting = "runtime.pid";

pid_t recorded_pid(const std::string& data_dir) {
  auto db = store::Db::open(data_dir + "/" + store::kDatabaseName, store::Db::Mode::read_only);
  if (!db) return 0;
  const auto text = store::get_setting(*db, kSetting);
  if (!text || !*text) return 0;
  pid_t pid = 0;
  std::from_chars((*text)->data(), (*text)->data() + (*text)->size(), pid);
  return pid;
}

/// A handle on one process, which no later process with the same number gets into.
class Process {
 public:
  explicit Process(pid_t pid)
      : pid_(pid), fd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] bool signal(int number) const {
    if (fd_ < 0) return ::kill(pid_, number) == 0;  // an old kernel, or one that forbids it
    return ::syscall(SYS_pidfd_send_signal, fd_, number, nullptr, 0) == 0;
  }

 private:
  pid_t pid_;
  int fd_;
};

}  // namespace

Status record_daemon(store::Db& db) {
  return store::put_setting(db, kSetting, std::to_string(::getpid()));
}

bool finds_daemon(const std::string& data_dir) {
  return store::holds_alone(recorded_pid(data_dir), data_dir);
}

Notice tell_daemon(const std::string& data_dir) {
  const auto free = store::DataDirLock::share(data_dir);
  if (!free || *free) return Notice::nobody_runs;
  const pid_t pid = recorded_pid(data_dir);
  if (pid <= 0) return Notice::unreachable;
  // Checked after the handle was taken: what holds the lock then is what the handle means.
  const Process process{pid};
  if (!store::holds_alone(pid, data_dir) || !process.signal(SIGHUP)) return Notice::unreachable;
  return Notice::told;
}

}  // namespace freellm::app
