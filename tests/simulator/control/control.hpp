#pragma once
// The control API, JSON under /_control/. Lives on the event loop; not thread-safe.
//
// clang-format off
//   GET    /_control/state         counts per platform, open connections, limits
//   POST   /_control/reset         forgets faults, limits, counters, log, clock and pace
//   POST   /_control/faults        one fault or an array; answers {"ids": […]}
//   GET    /_control/faults        those still armed, with hits
//   DELETE /_control/faults[/ID]
//   POST   /_control/release       lets what a "hold" fault holds go on; answers {"released": [bytes]}
//   POST   /_control/limits        one rule set or an array (see core/limits.hpp), or "free-tier"
//   DELETE /_control/limits
//   POST   /_control/models        {"platform": …, "models": [ids]}: lists and serves only these
//   POST   /_control/pace          {"latency_ms", "tokens_per_second"}
//   POST   /_control/clock         {"advance_ms"}: moves the clock that quota windows go by
//   GET    /_control/log?platform=&after=&chat=1
//   GET    /_control/wait?for=received|finished|aborted&platform=&model=&after=&count=&timeout_ms=
//   POST   /_control/ports         {"kind": "open"|"refuse"|"stall"|"close"}: a port that serves,
//                                  refuses, accepts silently, or accepts and hangs up
//   DELETE /_control/ports/PORT
// clang-format on
//
// A fault: {"kind", "platform"?, "model"?, "key"? (tail), "times"?, "skip"?, "probability"?,
// "seed"?, "only_chat"?} and the members its kind reads; see core/fault_effects.cpp.

#include <cstdint>
#include <map>
#include <memory>

#include "control/ports.hpp"
#include "io/connection.hpp"
#include "io/server.hpp"
#include "world.hpp"

namespace simulator {

class Control {
 public:
  Control(EventLoop& loop, World& world) : loop_(loop), world_(world), ports_(loop) {}
  /// The server answers through this object, so it exists later.
  void attach(Server& server) { server_ = &server; }
  void serve(const HttpRequest& request, Connection& connection);

 private:
  Reply answer(const HttpRequest& request);
  Reply add_faults(const Json& spec);
  Reply add_limits(const Json& spec);
  Reply open_port(const Json& spec);
  Reply remove(const HttpRequest& request);
  Json state() const;
  Json log(const HttpRequest& request) const;
  void wait(const HttpRequest& request, Connection& connection);
  void reset();

  EventLoop& loop_;
  World& world_;
  OddPorts ports_;
  Server* server_ = nullptr;
};

}  // namespace simulator
