// freellm-simulator: a stand-in for fifteen LLM platforms on 127.0.0.1.

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "io/process.hpp"
#include "io/server.hpp"
#include "io/tls.hpp"
#include "options.hpp"
#include "service.hpp"

namespace {

using namespace simulator;

bool write_ports(const Options& options, std::uint16_t plain, std::uint16_t tls) {
  std::printf("listening on http://127.0.0.1:%u\n", plain);
  Json ports{{"port", plain}, {"url", "http://127.0.0.1:" + std::to_string(plain)}};
  if (tls != 0) {
    std::printf("listening on https://127.0.0.1:%u\n", tls);
    ports["tls_port"] = tls;
    ports["tls_url"] = "https://127.0.0.1:" + std::to_string(tls);
  }
  std::fflush(stdout);
  if (options.port_file.empty()) return true;
  // Renamed into place, so that a reader never sees half of it.
  const auto draft = options.port_file + ".new";
  std::ofstream{draft} << ports.dump() << '\n';
  return std::rename(draft.c_str(), options.port_file.c_str()) == 0;
}

int run(const Options& options) {
  EventLoop loop;
  World world;
  world.pace = {Millis{options.latency_ms}, options.tokens_per_second};
  if (options.free_tier_limits)
    for (auto& rule : free_tier_rules()) world.limits.add(std::move(rule));
  Control control{loop, world};
  SimulatorService service{world, control};
  TlsContext tls;
  Server server{loop, service};
  control.attach(server);

  const auto port = server.listen(options.port, nullptr);
  if (port == 0) return 1;
  std::uint16_t tls_port = 0;
  if (options.wants_tls) {
    if (!tls.prepare(options.certificate, options.private_key, options.ca_out)) return 1;
    tls_port = server.listen(options.tls_port, tls.get());
    if (tls_port == 0) return 1;
  }
  ExitWatch exit_watch{loop, options.exits_with_parent};
  if (!write_ports(options, port, tls_port)) {
    std::perror(options.port_file.c_str());
    return 1;
  }
  loop.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  switch (parse_options(argc, argv, options)) {
    case OptionsVerdict::run:
      return run(options);
    case OptionsVerdict::help:
      return 0;
    case OptionsVerdict::bad:
      break;
  }
  return 2;
}
