#include "process_facts.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace freellm::server::admin {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// The 22nd field of /proc/self/stat counts ticks since boot; the name before may hold anything but
/// ends with the last bracket.
double started_after_boot() {
  std::ifstream file{"/proc/self/stat"};
  std::string line;
  std::getline(file, line);
  const auto end = line.rfind(')');
  if (end == std::string::npos) return 0;
  std::istringstream fields{line.substr(end + 1)};
  std::string field;
  constexpr int kStartTime = 20;  // the third field is the first here
  for (int i = 0; i < kStartTime; ++i) fields >> field;
  return std::strtod(field.c_str(), nullptr) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double boot_time() {
  std::ifstream file{"/proc/stat"};
  for (std::string name; file >> name;) {
    double value = 0;
    if (name == "btime" && file >> value) return value;
    file.ignore(1 << 16, '\n');
  }
  return 0;
}

}  // namespace

ProcessFacts process_facts() {
  ProcessFacts facts;
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0)
    facts.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  static const double started = boot_time() + started_after_boot();
  facts.start_seconds = started;
  std::ifstream pages{"/proc/self/statm"};
  std::int64_t virtual_pages = 0;
  std::int64_t resident_pages = 0;
  if (pages >> virtual_pages >> resident_pages) {
    const std::int64_t page = ::sysconf(_SC_PAGESIZE);
    facts.virtual_bytes = virtual_pages * page;
    facts.resident_bytes = resident_pages * page;
  }
  std::error_code ec;
  const std::filesystem::directory_iterator open{"/proc/self/fd", ec};
  if (!ec) facts.open_fds = std::distance(begin(open), end(open)) - 1;  // not the one that looks
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
    facts.max_fds = static_cast<std::int64_t>(limit.rlim_cur);
  return facts;
}

}  // namespace freellm::server::admin
