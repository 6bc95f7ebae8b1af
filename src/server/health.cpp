#include "health.hpp"

#include <string>

#include "freellm/catalog/route_table.hpp"
#include "freellm/routing/router.hpp"

namespace freellm::server {
namespace {

bool has_usable_route(const catalog::RouteTable& table) {
  for (const auto& model : table.models()) {
    const auto* platform = table.platform(model.platform);
    if (model.enabled && platform != nullptr && platform->enabled &&
        !table.keys(model.platform).empty()) {
      return true;
    }
  }
  return false;
}

}  // namespace

net::Task<void> serve_live(proxy::Exchange& ex, chat::PaddedBuffer) {
  co_await proxy::respond_json(ex, 200, R"({"status":"ok"})");
}

net::Task<void> serve_ready(proxy::Exchange& ex, chat::PaddedBuffer) {
  if (ex.worker.services.draining.load(std::memory_order_relaxed)) {
    co_await proxy::respond_json(ex, 503, R"({"status":"not_ready","reasons":["draining"]})");
    co_return;
  }
  // A daemon without keys is up and waits for its owner: it is ready to be set up, so containers
  // must not restart it; the reasons say what is missing.
  const auto index = ex.worker.routes;
  if (has_usable_route(routing::table_of(*index))) {
    co_await proxy::respond_json(ex, 200, R"({"status":"ready","reasons":[]})");
  } else {
    co_await proxy::respond_json(
        ex, 200, R"({"status":"ready","reasons":["no provider key is stored yet"]})");
  }
}

net::Task<void> serve_root(proxy::Exchange& ex, chat::PaddedBuffer) {
  static constexpr std::string_view kText =
      "FreeLLMAPI is running. This build has no dashboard.\n"
      "Point an OpenAI client at /v1 on this address, with the key that `freellmapi api-key show` "
      "prints.\n";
  co_await proxy::respond(ex, 200, "text/plain; charset=utf-8", kText);
}

}  // namespace freellm::server
