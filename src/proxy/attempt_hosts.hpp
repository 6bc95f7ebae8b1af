#pragma once
// AttemptHosts: at which of a platform's addresses an attempt asks. Nearly always there is one.
//
// A platform with several consoles knows only its own keys at each of them (Zhipu): a refused key
// is tried at the next, and what took it is remembered. Belongs to the attempt's coroutine.

#include <cstddef>
#include <vector>

#include "attempt.hpp"

namespace freellm::proxy {

class AttemptHosts {
 public:
  /// Both references must outlive this.
  AttemptHosts(ChatTurn& turn, const routing::Attempt& attempt);

  [[nodiscard]] const wire::BaseUrl& base() const;
  /// Moves on after a failure that may be the address's. False: there is nothing to move on to.
  [[nodiscard]] bool next_after(const chat::UpstreamFailure& failure);
  /// Notes for later requests that the address has taken the key, if it has.
  void remember(const AttemptResult& done);

 private:
  ChatTurn& turn_;
  const routing::Attempt& attempt_;
  std::vector<const wire::BaseUrl*> urls_;  ///< to be asked in this order; empty = there is one
  std::size_t at_ = 0;                      ///< those before it would not take the key
};

}  // namespace freellm::proxy
