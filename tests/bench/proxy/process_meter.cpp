#include "process_meter.hpp"

#include <filesystem>
#include <fstream>
#include <string>

namespace load {
namespace {

std::string proc(int pid, const char* rest) { return "/proc/" + std::to_string(pid) + rest; }

}  // namespace

std::chrono::nanoseconds cpu_time(const std::vector<int>& pids) {
  std::chrono::nanoseconds sum{0};
  for (const int pid : pids) {
    std::error_code ignored;
    for (const auto& task : std::filesystem::directory_iterator{proc(pid, "/task"), ignored}) {
      std::ifstream file{task.path() / "schedstat"};
      std::int64_t on_cpu = 0;
      if (file >> on_cpu) sum += std::chrono::nanoseconds{on_cpu};
    }
  }
  return sum;
}

std::size_t resident_kib(const std::vector<int>& pids) {
  std::size_t sum = 0;
  for (const int pid : pids) {
    std::ifstream file{proc(pid, "/status")};
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("VmRSS:")) sum += std::stoul(line.substr(6));
    }
  }
  return sum;
}

}  // namespace load
