#pragma once
// Key probes from the quirk table: the requests that tell whether a key is good, and what an answer
// says. Pure and thread-safe. Only confirmed rejections condemn a key: transport errors, 5xx, 403
// and 429 do not.

#include <vector>

#include "freellm/provider/adapter.hpp"
#include "freellm/provider/quirks.hpp"

namespace freellm::provider {

/// One request per probe of `quirks`; on a platform with alternate base URLs each is asked of
/// route.base_url only.
[[nodiscard]] std::vector<UpstreamRequest> probe_requests(const QuirkSet& quirks,
                                                          const Route& route);

/// The verdict of one probe's answer. `quirks` decides the statuses it lists; see KeyProbe for the
/// rest.
[[nodiscard]] KeyCheck judge_probe(const QuirkSet* quirks, int status,
                                   const wire::HeaderList& headers, std::string_view body);

}  // namespace freellm::provider
