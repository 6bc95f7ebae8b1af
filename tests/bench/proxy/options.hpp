#pragma once
// What one run of the load generator does. A plain value, read from the command line.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace load {

using Millis = std::chrono::milliseconds;

struct Options {
  std::uint16_t port = 0;
  std::string path;
  std::string model = "bench";
  std::string key;
  std::size_t prompt_bytes = 1024;  ///< of the whole request body, about
  std::size_t connections = 1;
  std::size_t rate = 0;  ///< requests begun per second in all; 0 = each as soon as it can
  bool stream = false;
  Millis ramp{0};         ///< the connections are opened evenly over this time
  Millis warm_up{0};      ///< then this long without counting
  Millis duration{0};     ///< then counting
  std::vector<int> pids;  ///< whose CPU time and memory are measured over `duration`
};

/// Says on stderr what is wrong and returns nothing on a bad line.
[[nodiscard]] std::optional<Options> parse_options(int argc, char** argv);

/// The request every connection sends again and again.
[[nodiscard]] std::string request_bytes(const Options& options);

}  // namespace load
