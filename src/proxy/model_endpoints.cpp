#include "freellm/proxy/model_endpoints.hpp"

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "freellm/chat/error_body.hpp"
#include "freellm/net/completion.hpp"
#include "freellm/routing/router.hpp"
#include "freellm/routing/unknown_model.hpp"
#include "freellm/store/usage_log.hpp"
#include "freellm/wire/url.hpp"

namespace freellm::proxy {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view kAuto = "auto";

/// The models that share a logical name, in fallback order.
struct LogicalModel {
  std::string_view name;
  std::vector<const catalog::Model*> members;
};

std::vector<LogicalModel> logical_models(const catalog::RouteTable& table) {
  std::vector<LogicalModel> result;
  std::unordered_map<std::string_view, std::size_t> index;
  for (const auto& model : table.models()) {
    const auto* platform = table.platform(model.platform);
    if (!model.enabled || platform == nullptr || !platform->enabled) continue;
    const auto [at, is_new] = index.emplace(model.logical_name, result.size());
    if (is_new) result.push_back({model.logical_name, {}});
    result[at->second].members.push_back(&model);
  }
  return result;
}

/// What every member can do, so that nobody is promised what a fallback could not keep... of those
/// that can be asked for it: routing skips the others, so the union is what the client may use.
ordered_json supported_parameters(const std::vector<const catalog::Model*>& members) {
  ordered_json list = {"temperature",           "top_p", "max_tokens",
                       "max_completion_tokens", "stop",  "stream"};
  const auto any = [&](bool catalog::Capabilities::*can) {
    return std::any_of(members.begin(), members.end(),
                       [can](const auto* m) { return m->capabilities.*can; });
  };
  if (any(&catalog::Capabilities::tools)) list.insert(list.end(), {"tools", "tool_choice"});
  if (any(&catalog::Capabilities::json_schema)) list.push_back("response_format");
  if (any(&catalog::Capabilities::reasoning)) list.push_back("reasoning_effort");
  return list;
}

/// The catalog writes 0 for a window that nobody knows.
ordered_json known_or_null(std::int64_t tokens) {
  return tokens > 0 ? ordered_json(tokens) : ordered_json();
}

ordered_json describe(const Exchange& ex, std::string_view name,
                      const std::vector<const catalog::Model*>& members) {
  const auto& index = *ex.worker.routes;
  const auto& table = routing::table_of(index);
  const Now now = ex.now();
  std::int64_t window = 0;
  bool vision = false;
  ordered_json platforms = ordered_json::array();
  for (const auto* model : members) {
    window = std::max(window, model->context_window);
    vision = vision || model->capabilities.vision;
    const auto* platform = table.platform(model->platform);
    platforms.push_back({{"platform", platform->slug},
                         {"model", model->upstream_id},
                         {"context_length", known_or_null(model->context_window)},
                         {"has_key", !table.keys(model->platform).empty()}});
  }
  const auto availability = ex.worker.services.router.availability(index, name, {}, now);
  ordered_json entry = {
      {"id", name},
      {"object", "model"},
      {"created", 0},
      {"owned_by", members.size() == 1 ? table.platform(members[0]->platform)->slug : "freellmapi"},
      {"context_length", known_or_null(window)},
      {"supported_parameters", supported_parameters(members)},
      {"input_modalities", vision ? ordered_json{"text", "image"} : ordered_json{"text"}},
      {"available", availability.now}};
  if (!availability.now && availability.at) entry["available_at"] = chat::rfc3339(*availability.at);
  entry["platforms"] = std::move(platforms);
  return entry;
}

std::vector<const catalog::Model*> enabled_models(const catalog::RouteTable& table) {
  std::vector<const catalog::Model*> all;
  for (const auto& model : table.models()) {
    const auto* platform = table.platform(model.platform);
    if (model.enabled && platform != nullptr && platform->enabled &&
        !table.keys(model.platform).empty()) {
      all.push_back(&model);
    }
  }
  return all;
}

std::string dump(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

Error not_found(std::string message, std::string code) {
  return Error{.kind = ErrorKind::no_route,
               .source = ErrorSource::downstream,
               .http_status = 404,
               .message = std::move(message),
               .code = std::move(code)};
}

/// 0 when there is no text; nullopt when it is not a whole number from 0 on.
std::optional<std::int64_t> token_count(const std::optional<std::string>& text) {
  if (!text) return 0;
  std::int64_t number = 0;
  const auto [end, ec] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (ec != std::errc{} || end != text->data() + text->size() || number < 0) return std::nullopt;
  return number;
}

Error bad_token_count() {
  return Error{.kind = ErrorKind::bad_request,
               .source = ErrorSource::downstream,
               .http_status = 400,
               .message = "tokens must be a whole number, 0 or more",
               .param = "tokens",
               .code = "invalid_value"};
}

Error store_is_slow() {
  return Error{.kind = ErrorKind::storage,
               .http_status = 503,
               .retry_after = Millis{5'000},
               .message = "The request log is busy; try again in a moment.",
               .code = "busy"};
}

using StoredRequest = Result<std::optional<store::LoggedRequest>>;

/// How long the store's threads may keep a client waiting.
constexpr Millis kLookUpTime{5'000};
constexpr Millis kFlushTime{2'000};

/// Asks the store on its own threads. What comes after the time is up is dropped.
net::Task<StoredRequest> look_up(WorkerContext& context, std::string_view id) {
  auto answer = std::make_shared<net::Completion<StoredRequest>>();
  auto& worker = context.net;
  auto& store = context.services.store;
  // The writer runs up to 100 ms behind; a flush first lets a client ask right after its answer.
  const Status queued =
      store.reader().post([answer, id = std::string{id}, &worker, &store](store::Db& db) {
        static_cast<void>(store.writer().flush_within(kFlushTime));
        auto found = std::make_shared<StoredRequest>(store::find_request(db, id));
        worker.post([answer, found] { answer->complete(std::move(*found)); });
      });
  if (!queued) co_return queued.error();
  // Posted, because going on at once would destroy the timer inside its own action.
  net::Deadline timer{worker.deadlines(), [&worker, answer] {
                        worker.post([answer] { answer->complete(store_is_slow()); });
                      }};
  timer.expires_after(kLookUpTime);
  co_return co_await answer->wait();
}

}  // namespace

net::Task<void> serve_model_list(Exchange& ex, chat::PaddedBuffer) {
  const auto index = ex.worker.routes;
  const auto& table = routing::table_of(*index);
  const bool only_available = wire::query_value(ex.head.query, "available") == "true";
  ordered_json data = ordered_json::array();
  const auto add = [&](ordered_json entry) {
    if (!only_available || entry["available"].get<bool>()) data.push_back(std::move(entry));
  };
  add(describe(ex, kAuto, enabled_models(table)));
  for (const auto& model : logical_models(table)) add(describe(ex, model.name, model.members));
  const std::string body = dump({{"object", "list"}, {"data", std::move(data)}});
  co_await respond_json(ex, 200, body);
}

net::Task<void> serve_model(Exchange& ex, chat::PaddedBuffer) {
  const auto index = ex.worker.routes;
  const auto& table = routing::table_of(*index);
  const std::string& name = ex.path_argument;
  const auto selected = table.select(name);
  const auto members = name == kAuto ? enabled_models(table) : selected.models;
  if (members.empty() && name != kAuto) {
    const Error error = routing::unknown_model(*index, name);
    co_await respond_error(ex, error);
    co_return;
  }
  const std::string body = dump(describe(ex, name, members));
  co_await respond_json(ex, 200, body);
}

net::Task<void> serve_availability(Exchange& ex, chat::PaddedBuffer) {
  const auto index = ex.worker.routes;
  const auto& table = routing::table_of(*index);
  const Now now = ex.now();
  const std::string model = wire::query_value(ex.head.query, "model").value_or(std::string{kAuto});
  chat::RequestNeeds needs;
  const auto tokens = token_count(wire::query_value(ex.head.query, "tokens"));
  if (!tokens) {
    const Error error = bad_token_count();
    co_await respond_error(ex, error);
    co_return;
  }
  needs.prompt_tokens = *tokens;
  const auto result = ex.worker.services.router.availability(*index, model, needs, now);
  if (!result.known) {
    const Error error = routing::unknown_model(*index, model);
    co_await respond_error(ex, error);
    co_return;
  }
  ordered_json candidates = ordered_json::array();
  for (const auto& row : result.candidates) {
    const auto* platform = table.platform(row.candidate.platform);
    const auto* row_model = table.model(row.candidate.model);
    if (platform == nullptr || row_model == nullptr) continue;
    candidates.push_back({{"platform", platform->slug},
                          {"model", row_model->upstream_id},
                          {"key_id", row.candidate.key.value},
                          {"verdict", routing::to_string(row.verdict.kind)},
                          {"reason", row.reason}});
  }
  const std::string body =
      dump({{"model", model},
            {"now", result.now},
            {"at", result.at ? ordered_json(chat::rfc3339(*result.at)) : ordered_json()},
            {"candidates", std::move(candidates)}});
  co_await respond_json(ex, 200, body);
}

net::Task<void> serve_explain(Exchange& ex, chat::PaddedBuffer) {
  const std::string id = ex.path_argument;
  if (const auto fresh = ex.worker.services.explains.find(id)) {
    co_await respond_json(ex, 200, *fresh);
    co_return;
  }
  const StoredRequest stored = co_await look_up(ex.worker, id);
  if (!stored) {
    const Error error = stored.error();
    co_await respond_error(ex, error);
  } else if (!*stored || (*stored)->record.explain_json.empty()) {
    const Error error =
        not_found("No routing record of request '" + id + "' is kept.", "not_found");
    co_await respond_error(ex, error);
  } else {
    co_await respond_json(ex, 200, (*stored)->record.explain_json);
  }
}

}  // namespace freellm::proxy
