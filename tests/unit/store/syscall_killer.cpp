#include "syscall_killer.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

namespace freellm::store {
namespace {

constexpr long kChanging[] = {
    SYS_write,   SYS_pwrite64, SYS_fsync,  SYS_fdatasync, SYS_ftruncate, SYS_openat,
    SYS_mkdirat, SYS_unlinkat, SYS_linkat, SYS_renameat,  SYS_renameat2,
#ifdef SYS_rename  // newer architectures have the *at forms alone
    SYS_rename,  SYS_unlink,   SYS_link,   SYS_mkdir,     SYS_open,
#endif
};

/// The child stands at the entry of a call that changes something.
bool enters_a_change(pid_t child) {
  __ptrace_syscall_info info{};
  if (::ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info) <= 0) return false;
  if (info.op != PTRACE_SYSCALL_INFO_ENTRY) return false;
  return std::find(std::begin(kChanging), std::end(kChanging), static_cast<long>(info.entry.nr)) !=
         std::end(kChanging);
}

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
  long changes = 0;
  int deliver = 0;
  for (;;) {
    ::ptrace(PTRACE_SYSCALL, child, nullptr, deliver);
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status)) {
      EXPECT_EQ(WEXITSTATUS(status), 0) << "the work failed";
      return changes;
    }
    if (WIFSIGNALED(status)) {
      ADD_FAILURE() << "the work died of signal " << WTERMSIG(status);
      return changes;
    }
    const bool is_syscall = WSTOPSIG(status) == (SIGTRAP | 0x80);
    deliver = is_syscall ? 0 : WSTOPSIG(status);
    if (is_syscall && enters_a_change(child) && ++changes == limit) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return 0;
    }
  }
}

}  // namespace freellm::store
