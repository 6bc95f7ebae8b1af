#pragma once
// Whether a request is let in, judged from its head alone, before anything of its body is read.

#include <optional>

#include "freellm/base/result.hpp"
#include "freellm/proxy/exchange.hpp"
#include "freellm/server/admin/serve.hpp"
#include "freellm/server/endpoint.hpp"

namespace freellm::server {

/// How the admin side names a protection; nullopt for one that is not its own.
[[nodiscard]] std::optional<admin::Entry> admin_entry(Protection protection);

/// Path, method, key or session, media type: in the order in which a refusal should be told.
[[nodiscard]] Status admit(const proxy::Exchange& ex, const Match& match);

}  // namespace freellm::server
