#include "terminal.hpp"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

namespace freellm::app {
namespace {

constexpr std::size_t kMaxLine = 64 * 1024;

// An interrupted prompt must not leave the terminal mute: the handler may use only what is here.
termios saved_terminal;  // NOLINT: read by a signal handler

void restore_and_die(int number) {
  ::tcsetattr(STDIN_FILENO, TCSANOW, &saved_terminal);
  std::signal(number, SIG_DFL);
  std::raise(number);
}

class NoEcho {
 public:
  NoEcho() {
    ::tcgetattr(STDIN_FILENO, &saved_terminal);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, restore_and_die);
    termios silent = saved_terminal;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  ~NoEcho() {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved_terminal);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, SIG_DFL);
    std::fputc('\n', stderr);
  }
};

Error bad_input(std::string message) {
  return Error{.kind = ErrorKind::configuration, .message = std::move(message)};
}

/// Byte by byte past stdio, whose buffer would keep a copy of the secret.
Result<Secret> read_line() {
  std::string line;
  line.reserve(kMaxLine + 1);  // no copy is left behind by growing
  for (;;) {
    char byte = 0;
    const auto got = ::read(STDIN_FILENO, &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || byte == '\n') break;
    if (line.size() == kMaxLine) return bad_input("the line on standard input is too long");
    line += byte;
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (line.empty()) return bad_input("nothing was given on standard input");
  return Secret::take(std::move(line));
}

bool is_terminal() { return ::isatty(STDIN_FILENO) == 1; }

}  // namespace

Result<Secret> read_secret(const char* prompt) {
  if (!is_terminal()) return read_line();
  std::fputs(prompt, stderr);
  const NoEcho silence;
  return read_line();
}

Result<Secret> read_new_secret(const char* prompt) {
  auto first = read_secret(prompt);
  if (!first || !is_terminal()) return first;
  auto second = read_secret("Once more: ");
  if (!second) return second;
  if (first->reveal() != second->reveal()) return bad_input("the two are not the same");
  return first;
}

}  // namespace freellm::app
