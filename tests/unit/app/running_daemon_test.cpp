// Whom a command signals: the process that holds the data directory, and never one that merely has
// the number somebody wrote down.

#include "app/cli/running_daemon.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "freellm/store/settings.hpp"
#include "freellm/store/store.hpp"

namespace freellm::app {
namespace {

class RunningDaemon : public testing::Test {
 protected:
  RunningDaemon() {
    std::string pattern = (std::filesystem::temp_directory_path() / "freellm_app_XXXXXX").string();
    data_ = ::mkdtemp(pattern.data());
    EXPECT_TRUE(store::Store::open({.data_dir = data_}));
  }
  ~RunningDaemon() override {
    for (const pid_t child : children_) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
    std::filesystem::remove_all(data_);
  }

  void write_down(pid_t pid) {
    auto db = store::Db::open(data_ / store::kDatabaseName, store::Db::Mode::read_write);
    EXPECT_TRUE(store::put_setting(*db, "runtime.pid", std::to_string(pid)));
  }

  enum class Holds { the_directory, nothing };
  /// A process that dies of SIGHUP like any other; back when it has the lock.
  pid_t start(Holds holds) {
    int ready[2];
    EXPECT_EQ(::pipe(ready), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::signal(SIGHUP, SIG_DFL);  // whoever started the tests with nohup had it ignored
      std::optional<store::DataDirLock> lock;
      if (holds == Holds::the_directory) {
        auto acquired = store::DataDirLock::acquire(data_);
        if (!acquired) ::_exit(1);
        lock.emplace(std::move(*acquired));
      }
      (void)!::write(ready[1], "x", 1);
      for (;;) ::pause();
    }
    ::close(ready[1]);
    char byte = 0;
    EXPECT_EQ(::read(ready[0], &byte, 1), 1);
    ::close(ready[0]);
    children_.push_back(child);
    return child;
  }

  /// The signal that `child` dies of; 0 when it lives.
  int death_of(pid_t child, int options) {
    int status = 0;
    if (::waitpid(child, &status, options) != child) return 0;
    std::erase(children_, child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }

  std::filesystem::path data_;
  std::vector<pid_t> children_;
};

TEST_F(RunningDaemon, IsToldByASignal) {
  const pid_t daemon = start(Holds::the_directory);
  write_down(daemon);

  EXPECT_EQ(tell_daemon(data_), Notice::told);

  EXPECT_EQ(death_of(daemon, 0), SIGHUP);
}

TEST_F(RunningDaemon, IsNotAnyProcessWithTheNumberThatWasWrittenDown) {
  const pid_t bystander = start(Holds::nothing);
  start(Holds::the_directory);
  write_down(bystander);

  EXPECT_EQ(tell_daemon(data_), Notice::unreachable);

  EXPECT_EQ(death_of(bystander, WNOHANG), 0);
}

TEST_F(RunningDaemon, IsNobodyWhenNobodyHoldsTheDirectory) {
  const pid_t bystander = start(Holds::nothing);
  write_down(bystander);

  EXPECT_EQ(tell_daemon(data_), Notice::nobody_runs);
  EXPECT_EQ(death_of(bystander, WNOHANG), 0);
}

TEST_F(RunningDaemon, IsUnreachableWithoutAUsableNumber) {
  start(Holds::the_directory);

  EXPECT_EQ(tell_daemon(data_), Notice::unreachable);
  write_down(0);
  EXPECT_EQ(tell_daemon(data_), Notice::unreachable);
}

TEST_F(RunningDaemon, CommandsShareTheDirectoryAndADaemonWaitsForThem) {
  auto first = store::DataDirLock::share(data_);
  auto second = store::DataDirLock::share(data_);
  ASSERT_TRUE(*first && *second);

  const auto refused = store::DataDirLock::acquire(data_, Millis{30});

  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("command"), std::string::npos);
  first->reset();
  second->reset();
  EXPECT_TRUE(store::DataDirLock::acquire(data_));
}

}  // namespace
}  // namespace freellm::app
