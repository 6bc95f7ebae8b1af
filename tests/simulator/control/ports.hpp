#pragma once
// Ports that misbehave before any HTTP is spoken. Not thread-safe.

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>

#include "io/event_loop.hpp"

namespace simulator {

class OddPorts {
 public:
  explicit OddPorts(EventLoop& loop);
  ~OddPorts();

  /// "refuse": bound but not listening. "stall": connections are never accepted from the backlog,
  /// so they open and stay silent. "close": accepted and closed at once. 0 for any other kind.
  std::uint16_t open(std::string_view kind);
  bool close_port(std::uint16_t port);
  void clear();

 private:
  class Port;
  EventLoop& loop_;
  std::map<std::uint16_t, std::unique_ptr<Port>> ports_;
};

}  // namespace simulator
