#include "limits.hpp"

#include <algorithm>
#include <limits>

namespace freellm::catalog {
namespace {

constexpr std::array<Choice<LimitMetric>, 4> kMetrics{{{"requests", LimitMetric::requests},
                                                       {"tokens", LimitMetric::tokens},
                                                       {"concurrency", LimitMetric::concurrency},
                                                       {"neurons", LimitMetric::neurons}}};
constexpr std::array<Choice<LimitWindow>, 5> kWindows{{{"second", LimitWindow::second},
                                                       {"minute", LimitWindow::minute},
                                                       {"hour", LimitWindow::hour},
                                                       {"day", LimitWindow::day},
                                                       {"month", LimitWindow::month}}};
constexpr std::array<Choice<Scope>, 4> kScopes{{{"model_key", Scope::model_key},
                                                {"model", Scope::model},
                                                {"key", Scope::key},
                                                {"platform", Scope::platform}}};
constexpr std::array<Choice<DayReset>, 3> kResets{
    {{"sliding", DayReset::sliding}, {"utc", DayReset::utc}, {"pacific", DayReset::pacific}}};

constexpr std::int64_t kMaxCount = std::int64_t{1} << 53;  // what JSON numbers carry exactly

template <class T, std::size_t N>
std::string_view name_of(T value, const std::array<Choice<T>, N>& choices) {
  const auto found = std::find_if(choices.begin(), choices.end(),
                                  [&](const auto& entry) { return entry.second == value; });
  return found == choices.end() ? std::string_view{} : found->first;
}

bool has_window(const Limit& limit) { return limit.metric != LimitMetric::concurrency; }

bool is_calendar(LimitWindow window) {
  return window == LimitWindow::day || window == LimitWindow::month;
}

bool is_allowed(Scope scope, LimitPlace place) {
  switch (place) {
    case LimitPlace::platform:
      return scope == Scope::key || scope == Scope::platform;
    case LimitPlace::model:
      return scope == Scope::model_key || scope == Scope::model;
    case LimitPlace::anywhere:
      return true;
  }
  return false;
}

Limit read_limit(const JsonNode& node, LimitPlace place) {
  node.allow_only({"metric", "window", "count", "scope", "reset"});
  Limit limit;
  limit.metric = node.choice("metric", kMetrics);
  if (has_window(limit)) {
    limit.window = node.choice("window", kWindows);
  } else {
    limit.window = LimitWindow::second;
    if (node.has("window")) node.problem("window", "concurrency has no window");
  }
  limit.count = node.required_integer("count", 0, kMaxCount);
  limit.scope = node.choice("scope", kScopes);
  if (!is_allowed(limit.scope, place)) {
    node.problem("scope", place == LimitPlace::platform
                              ? "a platform's limit is shared: key or platform"
                              : "a model's limit has the scope model_key or model");
  }
  if (node.has("reset")) {
    limit.reset = node.choice("reset", kResets);
    if (!is_calendar(limit.window))
      node.problem("reset", "only day and month windows reset at a time");
  }
  return limit;
}

bool is_same_window(const Limit& a, const Limit& b) {
  return a.metric == b.metric && a.window == b.window && a.scope == b.scope;
}

}  // namespace

std::vector<Limit> read_limits(const std::vector<JsonNode>& nodes, LimitPlace place) {
  std::vector<Limit> limits;
  limits.reserve(nodes.size());
  for (const auto& node : nodes) {
    const Limit limit = read_limit(node, place);
    if (std::any_of(limits.begin(), limits.end(),
                    [&](const Limit& other) { return is_same_window(limit, other); })) {
      node.problem("the same metric, window and scope stand here twice");
    }
    limits.push_back(limit);
  }
  return limits;
}

std::string limits_to_json(std::span<const Limit> limits) {
  auto array = nlohmann::json::array();
  for (const auto& limit : limits) {
    nlohmann::json entry{{"metric", name_of(limit.metric, kMetrics)},
                         {"count", limit.count},
                         {"scope", name_of(limit.scope, kScopes)}};
    if (has_window(limit)) entry["window"] = name_of(limit.window, kWindows);
    if (has_window(limit) && is_calendar(limit.window))
      entry["reset"] = name_of(limit.reset, kResets);
    array.push_back(std::move(entry));
  }
  return array.dump();
}

Result<std::vector<Limit>> parse_limits(std::string_view json) {
  constexpr std::size_t kMaxLimits = 32;
  if (json.size() > 64 * 1024) {
    return Error{
        .kind = ErrorKind::bad_request, .http_status = 400, .message = "limits are too long"};
  }
  const auto document = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded()) {
    return Error{
        .kind = ErrorKind::bad_request, .http_status = 400, .message = "limits are not valid JSON"};
  }
  std::vector<Problem> problems;
  auto limits =
      read_limits(JsonNode{document, "", problems}.elements(kMaxLimits), LimitPlace::anywhere);
  if (!problems.empty()) {
    return Error{.kind = ErrorKind::bad_request,
                 .http_status = 400,
                 .message = "limits" + problems.front().pointer + ": " + problems.front().what};
  }
  return limits;
}

}  // namespace freellm::catalog
