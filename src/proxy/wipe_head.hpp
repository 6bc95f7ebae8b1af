#pragma once
// A request's head holds the provider's key in clear; it is overwritten when it is needed no more.

#include "freellm/base/secret.hpp"
#include "freellm/provider/upstream_request.hpp"

namespace freellm::proxy {

inline void wipe_head(provider::UpstreamRequest& request) {
  secure_zero(request.head.data(), request.head.size());
}

}  // namespace freellm::proxy
