#include "dialect/lookups.hpp"

#include <array>

#include "core/answer.hpp"
#include "dialect/wire.hpp"
#include "service.hpp"

namespace simulator {
namespace {

constexpr std::string_view kPolling = "/v2/nvcf/pexec/status/";

std::vector<std::string> models_of(const Exchange& exchange, const World& world) {
  const auto at = world.models.find(exchange.prefix);
  if (at == world.models.end()) return {"simulated-small", "simulated-large"};
  return {at->second.begin(), at->second.end()};
}

Reply json_reply(const Json& body, int status = 200) {
  Reply reply;
  reply.status = status;
  reply.body = body.dump();
  return reply;
}

Reply openai_list(const Exchange& exchange, const World& world) {
  Json data = Json::array();
  for (const auto& id : models_of(exchange, world))
    data.push_back(
        {{"id", id}, {"object", "model"}, {"created", 1760000000}, {"owned_by", exchange.prefix}});
  return json_reply({{"object", "list"}, {"data", std::move(data)}});
}

Reply google_list(const Exchange& exchange, const World& world) {
  Json models = Json::array();
  for (const auto& id : models_of(exchange, world))
    models.push_back({{"name", "models/" + id},
                      {"displayName", id},
                      {"inputTokenLimit", 1048576},
                      {"outputTokenLimit", 65536},
                      {"supportedGenerationMethods", Json::array({"generateContent"})}});
  return json_reply({{"models", std::move(models)}});
}

/// GitHub's catalog is a bare array; Cohere's and Ollama's lists have names instead of ids.
Reply named_list(const Exchange& exchange, const World& world, const char* name, bool is_bare) {
  Json models = Json::array();
  for (const auto& id : models_of(exchange, world)) models.push_back({{name, id}});
  return json_reply(is_bare ? models : Json{{"models", models}});
}

Reply cloudflare_verdict(const Exchange& exchange) {
  (void)exchange;
  return json_reply({{"result", {{"id", "f267e341f3dd4697bd3b9f71dd96247f"}, {"status", "active"}}},
                     {"success", true},
                     {"errors", Json::array()},
                     {"messages", Json::array()}});
}

bool is_model_list(const Exchange& exchange) {
  const auto base = std::string{exchange.platform->base};
  return exchange.path == base + "/models" ||
         (exchange.platform->slug == "kilo" && exchange.path == "/api/gateway/models");
}

bool has_public_list(std::string_view slug) {
  // These tell nothing about a key: docs and probes, 2026-11.
  static constexpr std::array<std::string_view, 7> kPublic{
      "openrouter", "sambanova", "nvidia", "ollama", "pollinations", "llm7", "kilo"};
  for (const auto each : kPublic)
    if (each == slug) return true;
  return false;
}

std::optional<Reply> promised(const Exchange& exchange, World& world) {
  if (exchange.platform->slug != "nvidia" || !exchange.path.starts_with(kPolling))
    return std::nullopt;
  const auto id = exchange.path.substr(kPolling.size());
  const auto at = world.promised.find(id);
  if (at == world.promised.end()) return json_reply({{"detail", "Not found"}}, 404);
  if (--at->second.polls_left > 0) {
    Reply waiting;
    waiting.status = 202;
    waiting.headers = {{"NVCF-REQID", id}, {"NVCF-STATUS", "pending-evaluation"}};
    return waiting;
  }
  auto reply = std::move(at->second.reply);
  world.promised.erase(at);
  return reply;
}

}  // namespace

std::optional<Reply> public_lookup(const Exchange& exchange, World& world) {
  if (exchange.http.method == "GET" && is_model_list(exchange) &&
      has_public_list(exchange.platform->slug))
    return openai_list(exchange, world);
  return std::nullopt;
}

std::optional<Reply> lookup(const Exchange& exchange, World& world) {
  if (exchange.http.method != "GET") return std::nullopt;
  const auto slug = exchange.platform->slug;
  const auto& path = exchange.path;
  if (is_model_list(exchange)) return openai_list(exchange, world);
  if (slug == "google" && path == "/v1beta/models") return google_list(exchange, world);
  if (slug == "github" && path == "/catalog/models") return named_list(exchange, world, "id", true);
  if (slug == "cohere" && path == "/v1/models") return named_list(exchange, world, "name", false);
  if (slug == "ollama" && path == "/api/tags") return named_list(exchange, world, "name", false);
  if (slug == "openrouter" && (path == "/api/v1/key" || path == "/api/v1/auth/key"))
    return json_reply({{"data",
                        {{"label", "sk-or-v1-sim"},
                         {"limit", nullptr},
                         {"limit_remaining", nullptr},
                         {"usage", 0},
                         {"is_free_tier", true},
                         {"rate_limit", {{"requests", -1}, {"interval", "10s"}}}}}});
  if (slug == "cloudflare" && (path == "/client/v4/user/tokens/verify" ||
                               path_without_account(path) == "/client/v4/tokens/verify"))
    return cloudflare_verdict(exchange);
  if (slug == "pollinations" && path == "/account/key")
    return json_reply({{"valid", true}, {"type", "secret"}});
  if (slug == "cerebras" && path == "/v1/tcp_warming") return json_reply(Json::object());
  return promised(exchange, world);
}

Reply promise(Reply reply, int polls, std::uint64_t serial, World& world) {
  const auto id = make_id("", 32, serial);
  world.promised[id] = {std::move(reply), polls};
  Reply waiting;
  waiting.status = 202;
  waiting.content_type = "";
  waiting.headers = {{"NVCF-REQID", id}, {"NVCF-STATUS", "pending-evaluation"}};
  return waiting;
}

}  // namespace simulator
