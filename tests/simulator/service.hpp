#pragma once
// Takes every request apart (platform, path, key), runs it past faults, rules and limits, and hands
// the connection a script. Lives on the event loop; not thread-safe.

#include <memory>

#include "bench.hpp"
#include "control/control.hpp"
#include "io/connection.hpp"
#include "world.hpp"

namespace simulator {

/// One request on its way to an answer.
struct Exchange {
  const HttpRequest& http;
  const Platform* platform = nullptr;
  std::string prefix;
  std::string path;  ///< behind the prefix, percent-decoded
  std::string key;
  Json body;
  std::string model;
  bool is_chat = false;
  bool has_valid_json = true;
  Faults faults;
  std::uint64_t serial = 0;
  std::uint64_t booking = 0;
  std::int64_t tokens = 0;
  std::string refused;
};

class SimulatorService final : public Service {
 public:
  SimulatorService(World& world, Control& control) : world_(world), control_(control) {}
  void serve(const HttpRequest& request, Connection& connection) override;

 private:
  void serve_platform(const HttpRequest& request, Connection& connection);
  Reply answer_request(Exchange& exchange);
  Reply answer_chat(Exchange& exchange);
  void play(const Exchange& exchange, const Reply& reply, Connection& connection);

  World& world_;
  Control& control_;
  Bench bench_;
};

}  // namespace simulator
