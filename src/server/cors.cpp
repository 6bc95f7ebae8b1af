#include "cors.hpp"

#include <algorithm>
#include <array>

namespace freellm::server {
namespace {

constexpr std::size_t kMaxAskedHeaders = 2'048;

}  // namespace

std::string_view allowed_origin(const wire::RequestHead& head, const proxy::Settings& settings) {
  if (settings.cors_origins.empty() || !head.path.starts_with("/v1/")) return {};
  const auto origin = head.headers.find("Origin");
  if (!origin || origin->empty()) return {};
  const auto is_it = [&](const std::string& known) {
    return known == "*" || wire::iequals(known, *origin);
  };
  const auto& origins = settings.cors_origins;
  return std::any_of(origins.begin(), origins.end(), is_it) ? *origin : std::string_view{};
}

bool is_preflight(const wire::RequestHead& head) {
  return head.method == "OPTIONS" && !head.has_body() &&
         head.headers.find("Access-Control-Request-Method");
}

net::Task<void> answer_preflight(proxy::Exchange& ex, std::string_view methods) {
  // SDKs in browsers add fields of their own (x-stainless-*), so what is asked for is allowed: the
  // fields of a request that needs a key anyway are no danger.
  auto asked = ex.head.headers.find("Access-Control-Request-Headers").value_or("");
  if (asked.empty() || asked.size() > kMaxAskedHeaders) asked = "Authorization, Content-Type";
  const std::array fields{proxy::HeaderField{"Access-Control-Allow-Methods", methods},
                          proxy::HeaderField{"Access-Control-Allow-Headers", asked},
                          proxy::HeaderField{"Access-Control-Max-Age", "600"}};
  proxy::append_head(ex, 204, {}, 0, fields);
  const SteadyTime now = ex.now().steady;
  co_await proxy::flush(ex, now);
}

}  // namespace freellm::server
