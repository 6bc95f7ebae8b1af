#pragma once
// The bodies of /api/custom-endpoints, read strictly. Pure.

#include <optional>
#include <string>

#include "freellm/server/admin/request.hpp"
#include "freellm/store/custom_endpoints.hpp"
#include "freellm/wire/url.hpp"
#include "key_rows.hpp"

namespace freellm::server::admin {

/// "https://host/v1", without a port that goes without saying.
[[nodiscard]] std::string display(const wire::BaseUrl& url);

struct NewEndpoint {
  store::StoredEndpoint endpoint;
  wire::Origin origin;
  Secret secret;
  ProxyEdit proxy;
};

[[nodiscard]] Result<NewEndpoint> read_new_endpoint(const Request& request);

struct EndpointPatch {
  store::EndpointEdit edit;
  std::optional<wire::BaseUrl> base_url;
  std::optional<bool> enabled;
  ProxyEdit proxy;
};

/// What is not said of a model that `stored` has stays as it is.
[[nodiscard]] Result<EndpointPatch> read_endpoint_patch(const Request& request,
                                                        const store::StoredEndpoint& stored);

}  // namespace freellm::server::admin
