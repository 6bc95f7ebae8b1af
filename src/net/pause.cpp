#include "freellm/net/pause.hpp"

#include "freellm/net/completion.hpp"

namespace freellm::net {

Task<bool> pause(Worker& worker, SteadyTime until, Abort& abort) {
  if (abort.fired()) co_return false;
  auto done = std::make_shared<Completion<bool>>();
  const Abort::Step step{abort, [done] { done->complete(false); }};
  // Posted, because going on at once would destroy the timer inside its own action.
  Deadline timer{worker.deadlines(),
                 [&worker, done] { worker.post([done] { done->complete(true); }); }};
  timer.expires_at(until);
  co_return co_await done->wait();
}

}  // namespace freellm::net
