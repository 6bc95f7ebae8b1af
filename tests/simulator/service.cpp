#include "service.hpp"

#include <algorithm>

#include "core/answer.hpp"
#include "dialect/lookups.hpp"
#include "dialect/refusal.hpp"
#include "dialect/rules.hpp"
#include "dialect/wire.hpp"

namespace simulator {
namespace {

std::string_view after_bearer(std::string_view header) {
  static constexpr std::string_view kBearer = "bearer ";
  if (header.size() > kBearer.size() &&
      equals_ignoring_case(header.substr(0, kBearer.size()), kBearer))
    return header.substr(kBearer.size());
  return {};
}

std::string key_of(const HttpRequest& request) {
  for (const auto candidate : {request.header("x-goog-api-key"), request.header("x-api-key"),
                               after_bearer(request.header("authorization"))})
    if (!candidate.empty()) return std::string{candidate};
  return request.parameter("key");
}

bool is_good_key(const Exchange& exchange) {
  if (exchange.key.starts_with("bad")) return false;
  // Zhipu's two consoles do not know each other's keys.
  if (exchange.prefix == "zhipu" && exchange.key.starts_with("cn-")) return false;
  return exchange.prefix != "zhipu-cn" || !exchange.key.starts_with("intl-");
}

std::optional<Problem> check_key(const Exchange& exchange) {
  const auto policy = exchange.platform->key;
  if (policy == KeyPolicy::unchecked) return std::nullopt;
  if (exchange.key.empty()) {
    if (policy == KeyPolicy::optional) return std::nullopt;
    return Problem{Reason::missing_key, "", ""};
  }
  if (!is_good_key(exchange)) return Problem{Reason::bad_key, "", ""};
  return std::nullopt;
}

bool is_known_model(const World& world, const Exchange& exchange) {
  const auto at = world.models.find(exchange.prefix);
  if (at == world.models.end()) return !exchange.model.starts_with("no-such-");
  return at->second.contains(exchange.model);
}

Reply as_reply(const Exchange& exchange, const Problem& problem) {
  auto reply = refuse(*exchange.platform, problem, exchange.model);
  // Ollama's native route has the bare text.
  if (wire_of(*exchange.platform, exchange.path) == Wire::ollama)
    reply.body = Json{{"error", Json::parse(reply.body)["error"]["message"]}}.dump();
  return reply;
}

/// A fault of kind "error" or "rate_limit": the platform's own words for a reason or a limit.
std::optional<Reply> refusal_fault(const Exchange& exchange, WallMs now) {
  if (const auto* fault = find_fault(exchange.faults, "error")) {
    const Problem problem{parse_reason(fault->spec.value("reason", "internal")),
                          fault->spec.value("detail", "simulated"), fault->spec.value("param", "")};
    return as_reply(exchange, problem);
  }
  const auto* fault = find_fault(exchange.faults, "rate_limit");
  if (fault == nullptr) return std::nullopt;
  auto spec = fault->spec;
  spec["platform"] = exchange.prefix;
  const auto metric = spec.value("metric", "rpm");
  spec[metric] = spec.value("limit", 30);
  spec.erase("model");
  Standing standing;
  standing.rule = parse_limit_rules(spec).front();
  standing.used = standing.rule.count;
  standing.requested = 1;
  standing.wait_ms = spec.value("retry_after_ms", 2000);
  return refuse_for_quota(*exchange.platform, standing, exchange.model, now);
}

}  // namespace

void SimulatorService::serve(const HttpRequest& request, Connection& connection) {
  if (request.path.starts_with("/bench/")) {
    if (auto script = bench_.find(request.path.substr(6), request.body))
      return connection.play(std::move(script));
  }
  if (request.path.starts_with("/_control/")) return control_.serve(request, connection);
  serve_platform(request, connection);
}

void SimulatorService::serve_platform(const HttpRequest& request, Connection& connection) {
  auto slash = request.path.find('/', 1);
  Exchange exchange{request};
  exchange.prefix = request.path.substr(1, slash == std::string_view::npos ? slash : slash - 1);
  if (const auto lone = prefix_for_path(request.path); !lone.empty()) {
    exchange.prefix = lone;
    slash = 0;
  }
  exchange.platform = find_platform(exchange.prefix);
  if (exchange.platform == nullptr || slash == std::string_view::npos) {
    Reply reply;
    reply.status = 404;
    reply.body = R"({"error":{"message":"simulator: no such platform in the path"}})";
    return connection.play(std::make_shared<const Script>(to_script(reply, {})));
  }
  exchange.path = percent_decode(request.path.substr(slash));
  exchange.key = key_of(request);
  exchange.is_chat = is_chat_path(*exchange.platform, exchange.path);
  if (!request.body.empty()) {
    exchange.body = Json::parse(request.body, nullptr, false);
    exchange.has_valid_json = !exchange.body.is_discarded();
  }
  exchange.model = model_of(exchange.path, exchange.body);
  auto& entry = world_.journal.open(request, connection.id());
  exchange.serial = entry.serial;
  entry.platform = exchange.prefix;
  entry.model = exchange.model;
  entry.is_chat = exchange.is_chat;
  entry.key_tail =
      exchange.key.size() > 4 ? exchange.key.substr(exchange.key.size() - 4) : exchange.key;
  exchange.faults =
      world_.faults.take({exchange.prefix, exchange.model, exchange.key, exchange.is_chat});
  Reply reply;
  try {
    reply = answer_request(exchange);
  } catch (const std::exception& wrong_type) {
    // A member of the wrong JSON type; every platform answers 400 to that.
    exchange.refused = wrong_type.what();
    reply = as_reply(exchange, {Reason::bad_request, wrong_type.what(), ""});
  }
  play(exchange, reply, connection);
}

Reply SimulatorService::answer_request(Exchange& exchange) {
  auto& counts = world_.counts[exchange.prefix];
  if (exchange.is_chat) ++counts.requests;
  if (auto reply = replacement(exchange.faults)) return *reply;
  if (auto reply = refusal_fault(exchange, world_.quota_now())) return *reply;
  if (auto reply = public_lookup(exchange, world_)) return *reply;
  if (const auto problem = check_key(exchange)) {
    ++counts.bad_keys;
    exchange.refused = "key";
    return as_reply(exchange, *problem);
  }
  if (auto reply = lookup(exchange, world_)) return *reply;
  if (!exchange.is_chat) return as_reply(exchange, {Reason::not_found, "", ""});
  if (!exchange.has_valid_json || !exchange.body.is_object()) {
    ++counts.invalid;
    exchange.refused = "not JSON";
    return as_reply(exchange, {Reason::bad_request, "Invalid JSON payload received.", ""});
  }
  return answer_chat(exchange);
}

Reply SimulatorService::answer_chat(Exchange& exchange) {
  auto& counts = world_.counts[exchange.prefix];
  if (!is_known_model(world_, exchange)) return as_reply(exchange, {Reason::unknown_model, "", ""});
  if (const auto problem =
          check_request(*exchange.platform, exchange.path, exchange.body, exchange.key.empty())) {
    ++counts.invalid;
    exchange.refused = problem->detail;
    return as_reply(exchange, *problem);
  }
  auto prompt = parse_prompt(*exchange.platform, exchange.path, exchange.body, exchange.model);
  // Without alt=sse Gemini streams one JSON array.
  prompt.streams_array = prompt.stream && exchange.platform->slug == "google" &&
                         exchange.path.ends_with(":streamGenerateContent") &&
                         exchange.http.parameter("alt") != "sse";
  if (find_fault(exchange.faults, "not_streamed") != nullptr) prompt.stream = false;
  const Caller caller{exchange.prefix, exchange.model, exchange.key};
  const auto now = world_.quota_now();
  const auto booked = world_.limits.admit(
      caller, prompt.prompt_tokens + std::min<std::int64_t>(prompt.max_tokens, 2000), now);
  if (booked.refused_by) {
    ++counts.overruns;
    exchange.refused = "limit";
    return refuse_for_quota(*exchange.platform, *booked.refused_by, exchange.model, now);
  }
  exchange.booking = booked.id;
  auto turn = answer(prompt);
  if (auto failed = failed_generation(exchange.faults, turn)) return *failed;
  bend_turn(exchange.faults, turn);
  exchange.tokens = turn.total_tokens();
  const RenderContext context{*exchange.platform, prompt, render_options(exchange.faults),
                              exchange.serial, unix_ms() / 1000};
  auto reply = render(turn, context, exchange.path);
  for (auto& header : quota_headers(*exchange.platform, world_.limits.standings(caller, now), now))
    reply.headers.push_back(std::move(header));
  ++counts.answered;
  return reply;
}

void SimulatorService::play(const Exchange& exchange, const Reply& answered,
                            Connection& connection) {
  auto reply = answered;
  bend_reply(exchange.faults, exchange.platform->slug, reply);
  if (const auto* fault = find_fault(exchange.faults, "pending"); fault != nullptr)
    reply = promise(std::move(reply), fault->spec.value("polls", 1), exchange.serial, world_);
  auto pace = exchange.is_chat ? world_.pace : Pace{};
  bend_pace(exchange.faults, pace);
  auto script = to_script(reply, pace);
  bend_script(exchange.faults, reply, script);

  if (auto* entry = world_.journal.find(exchange.serial)) {
    entry->status = reply.status;
    entry->refused = exchange.refused;
    for (const auto* fault : exchange.faults) entry->faults.push_back(fault->id);
  }
  auto& counts = world_.counts[exchange.prefix];
  if (exchange.is_chat) ++counts.in_flight;
  const auto on_end = [this, &counts, is_chat = exchange.is_chat, serial = exchange.serial,
                       booking = exchange.booking, tokens = exchange.tokens](PlayEnd end) {
    if (is_chat) {
      --counts.in_flight;
      counts.aborted += end == PlayEnd::aborted_by_peer ? 1 : 0;
    }
    if (booking != 0) world_.limits.settle(booking, tokens);
    world_.journal.close(serial, end == PlayEnd::aborted_by_peer);
  };
  connection.play(std::make_shared<const Script>(std::move(script)), on_end);
  world_.journal.touched();
}

}  // namespace simulator
