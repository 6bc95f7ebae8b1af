#include "syscall_killer.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

namespace freellm::store {
namespace {

[[noreturn]] void be_traced(const std::function<bool()>& work) {
  if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(77);
  ::raise(SIGSTOP);
  ::_exit(work() ? 0 : 1);
}

}  // namespace

long run_until_syscall(const std::function<bool()>& work, long limit) {
  const pid_t child = ::fork();
  if (child == 0) be_traced(work);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFSTOPPED(status)) return -1;
  ::ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  long stops = 0;  // two for each call: on its way in and out
  int deliver = 0;
  for (;;) {
    ::ptrace(PTRACE_SYSCALL, child, nullptr, deliver);
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status)) {
      EXPECT_EQ(WEXITSTATUS(status), 0) << "the work failed";
      return stops / 2;
    }
    if (WIFSIGNALED(status)) {
      ADD_FAILURE() << "the work died of signal " << WTERMSIG(status);
      return stops / 2;
    }
    const bool is_syscall = WSTOPSIG(status) == (SIGTRAP | 0x80);
    deliver = is_syscall ? 0 : WSTOPSIG(status);
    stops += is_syscall ? 1 : 0;
    if (stops == 2 * limit - 1) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return 0;
    }
  }
}

}  // namespace freellm::store
