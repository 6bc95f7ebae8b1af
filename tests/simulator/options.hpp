#pragma once
// The command line.

#include <cstdint>
#include <string>

namespace simulator {

struct Options {
  std::uint16_t port = 0;
  std::uint16_t tls_port = 0;
  bool wants_tls = false;
  std::string port_file;
  std::string certificate;
  std::string private_key;
  std::string ca_out;
  bool exits_with_parent = false;
  bool free_tier_limits = false;
  std::int64_t latency_ms = 0;
  double tokens_per_second = 0;
};

enum class OptionsVerdict { run, help, bad };

/// Says on stderr what is wrong with a bad line.
[[nodiscard]] OptionsVerdict parse_options(int argc, char** argv, Options& options);

}  // namespace simulator
