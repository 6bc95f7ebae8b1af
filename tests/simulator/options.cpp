#include "options.hpp"

#include <cstdio>
#include <stdexcept>
#include <string_view>

namespace simulator {
namespace {

constexpr const char* kUsage = R"(freellm-simulator: fifteen LLM platforms on 127.0.0.1

  --port N               plain HTTP port (default 0 = any free one)
  --tls-port N           also serve HTTPS, on this port (0 = any free one)
  --cert FILE --key FILE certificate and key for HTTPS; without them both are made up
  --ca-out FILE          write the made-up authority's certificate (PEM) here
  --port-file FILE       write {"port", "url", …} here once ready
  --limits free-tier     enforce the platforms' free limits (default: none)
  --latency-ms N         wait this long before each answer
  --tokens-per-second R  pace of streamed answers (default: at once)
  --exit-with-parent     end when the parent process does, or when stdin closes
  --help

URLs are http://127.0.0.1:PORT/{platform}{the platform's own path}, e.g. /groq/openai/v1/chat/completions.
Any key is good unless it starts with "bad". Control API: /_control/state, /_control/faults, …
)";

void set(Options& options, std::string_view name, const std::string& value) {
  if (name == "--port") {
    options.port = static_cast<std::uint16_t>(std::stoul(value));
  } else if (name == "--tls-port") {
    options.tls_port = static_cast<std::uint16_t>(std::stoul(value));
    options.wants_tls = true;
  } else if (name == "--port-file") {
    options.port_file = value;
  } else if (name == "--cert") {
    options.certificate = value;
  } else if (name == "--key") {
    options.private_key = value;
  } else if (name == "--ca-out") {
    options.ca_out = value;
  } else if (name == "--latency-ms") {
    options.latency_ms = std::stol(value);
  } else if (name == "--tokens-per-second") {
    options.tokens_per_second = std::stod(value);
  } else if (name == "--limits" && value == "free-tier") {
    options.free_tier_limits = true;
  } else {
    throw std::invalid_argument("unknown");
  }
}

}  // namespace

OptionsVerdict parse_options(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--help") {
      std::fputs(kUsage, stdout);
      return OptionsVerdict::help;
    }
    if (name == "--exit-with-parent") {
      options.exits_with_parent = true;
      continue;
    }
    try {
      if (i + 1 >= argc) throw std::invalid_argument("no value");
      set(options, name, argv[++i]);
    } catch (const std::exception&) {
      std::fprintf(stderr, "cannot read option %s; see --help\n", std::string{name}.c_str());
      return OptionsVerdict::bad;
    }
  }
  return OptionsVerdict::run;
}

}  // namespace simulator
