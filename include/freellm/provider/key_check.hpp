#pragma once
// Key probes from the quirk table: the requests that tell whether a key is good, and what an answer
// says. Pure and thread-safe. Only confirmed rejections condemn a key: transport errors, 5xx, 403
// and 429 do not.

#include <vector>

#include "freellm/provider/adapter.hpp"
#include "freellm/provider/quirks.hpp"

namespace freellm::provider {

/// One request per probe of `quirks`, asked of route.base_url (on a platform with alternate base
/// URLs the caller asks each in turn with a route of its own). A probe that cannot be built, as
/// with a malformed key, is left out.
[[nodiscard]] std::vector<UpstreamRequest> probe_requests(const QuirkSet& quirks,
                                                          const Route& route);

/// The verdict of one probe's answer. The statuses `probe` lists decide; otherwise 2xx is valid,
/// 401 (or a body that names the key) invalid, and the rest says nothing.
[[nodiscard]] KeyCheck judge_probe(const KeyProbe& probe, const QuirkSet& quirks, int status,
                                   std::string_view body);

}  // namespace freellm::provider
