#pragma once
// Ends the event loop on SIGTERM or SIGINT and, on wish, when the parent goes. Not thread-safe.

#include <sys/types.h>

#include "io/event_loop.hpp"

namespace simulator {

class ExitWatch final : public Handler {
 public:
  ExitWatch(EventLoop& loop, bool exits_with_parent);
  ~ExitWatch() override;
  void on_events(std::uint32_t events) override;

 private:
  class Stdin;
  EventLoop& loop_;
  int signals_ = -1;
  std::unique_ptr<Handler> stdin_;
};

}  // namespace simulator
