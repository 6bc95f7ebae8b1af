#pragma once
// One small question to an upstream, off the path of requests: key checks and model lists.
// Redirects are answers like any other; they are not followed.

#include <string>

#include "freellm/base/clock.hpp"
#include "freellm/base/result.hpp"
#include "freellm/net/task.hpp"
#include "freellm/net/worker.hpp"
#include "freellm/provider/upstream_request.hpp"
#include "freellm/wire/headers.hpp"
#include "freellm/wire/proxy_url.hpp"

namespace freellm::proxy {

struct Answer {
  int status = 0;
  wire::HeaderList headers;
  std::string body;  ///< cut at the limit
};

struct AskLimits {
  Millis time{30'000};
  std::size_t body_bytes = 256 * 1024;
};

/// On a connection of its own. `worker`, `request` and `egress` must outlive the task. Errors:
/// connect, tls, timeout; code "address_not_allowed" when the address is out of reach.
net::Task<Result<Answer>> ask(net::Worker& worker, const provider::UpstreamRequest& request,
                              const wire::Egress& egress, AskLimits limits);

}  // namespace freellm::proxy
