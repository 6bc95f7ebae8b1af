#include "control/control.hpp"

#include <charconv>
#include <stdexcept>

namespace simulator {
namespace {

constexpr std::string_view kPrefix = "/_control/";

Reply json_reply(const Json& body, int status = 200) {
  Reply reply;
  reply.status = status;
  reply.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return reply;
}

void send(const Reply& reply, Connection& connection) {
  connection.play(std::make_shared<const Script>(to_script(reply, {})));
}

std::int64_t number_or(const std::string& text, std::int64_t otherwise) {
  std::int64_t number = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// Which log entries a question is about.
struct Question {
  std::string wanted;
  std::string platform;
  std::string model;
  std::uint64_t after = 0;
  bool only_chat = true;
  std::size_t count = 1;

  explicit Question(const HttpRequest& request)
      : wanted(request.parameter("for")),
        platform(request.parameter("platform")),
        model(request.parameter("model")),
        after(static_cast<std::uint64_t>(number_or(request.parameter("after"), 0))),
        only_chat(request.parameter("chat") != "0"),
        count(static_cast<std::size_t>(number_or(request.parameter("count"), 1))) {}

  [[nodiscard]] bool covers(const Entry& entry) const {
    if (entry.serial <= after || (only_chat && !entry.is_chat)) return false;
    if (!platform.empty() && entry.platform != platform) return false;
    if (!model.empty() && entry.model != model) return false;
    if (wanted == "aborted") return entry.aborted_by_peer;
    return wanted != "finished" || entry.finished_ms != 0;
  }
};

Json matching(const Journal& journal, const Question& question) {
  Json list = Json::array();
  for (const auto& entry : journal.entries())
    if (question.covers(entry)) list.push_back(journal.to_json(entry));
  return list;
}

}  // namespace

void Control::serve(const HttpRequest& request, Connection& connection) {
  if (request.path == "/_control/wait") return wait(request, connection);
  Reply reply;
  try {
    reply = answer(request);
  } catch (const std::exception& problem) {
    reply = json_reply({{"error", problem.what()}}, 400);
  }
  send(reply, connection);
}

Reply Control::answer(const HttpRequest& request) {
  const auto what = request.path.substr(kPrefix.size());
  if (request.method == "GET") {
    if (what == "state") return json_reply(state());
    if (what == "log") return json_reply(log(request));
    if (what == "faults") return json_reply(world_.faults.to_json());
  }
  if (request.method == "DELETE") return remove(request);
  if (request.method != "POST") return json_reply({{"error", "no such control"}}, 404);
  const auto spec = request.body.empty() ? Json::object() : Json::parse(request.body);
  if (what == "reset") {
    reset();
  } else if (what == "faults") {
    return add_faults(spec);
  } else if (what == "limits") {
    return add_limits(spec);
  } else if (what == "ports") {
    return open_port(spec);
  } else if (what == "release") {
    return json_reply({{"released", server_->release_all()}});
  } else if (what == "models") {
    auto& models = world_.models[spec.at("platform").get<std::string>()];
    models.clear();
    for (const auto& id : spec.at("models")) models.insert(id.get<std::string>());
  } else if (what == "pace") {
    world_.pace = {Millis{spec.value("latency_ms", 0)}, spec.value("tokens_per_second", 0.0)};
  } else if (what == "clock") {
    world_.quota_clock_offset_ms += spec.at("advance_ms").get<std::int64_t>();
  } else {
    return json_reply({{"error", "no such control"}}, 404);
  }
  return json_reply({{"ok", true}});
}

Reply Control::add_faults(const Json& spec) {
  Json ids = Json::array();
  if (spec.is_array()) {
    for (const auto& each : spec) ids.push_back(world_.faults.add(each));
  } else {
    ids.push_back(world_.faults.add(spec));
  }
  return json_reply({{"ids", std::move(ids)}});
}

Reply Control::add_limits(const Json& spec) {
  auto rules = std::vector<LimitRule>{};
  if (spec == "free-tier") {
    rules = free_tier_rules();
  } else if (spec.is_array()) {
    for (const auto& each : spec)
      for (auto& rule : parse_limit_rules(each)) rules.push_back(std::move(rule));
  } else {
    rules = parse_limit_rules(spec);
  }
  for (auto& rule : rules) world_.limits.add(std::move(rule));
  return json_reply({{"ok", true}});
}

Reply Control::open_port(const Json& spec) {
  const auto kind = spec.value("kind", "open");
  const auto wanted = static_cast<std::uint16_t>(spec.value("port", 0));
  const auto port = kind == "open" ? server_->listen(wanted, nullptr) : ports_.open(kind);
  if (port == 0) throw std::invalid_argument("kind is open, refuse, stall or close");
  return json_reply({{"port", port}});
}

Reply Control::remove(const HttpRequest& request) {
  const auto what = request.path.substr(kPrefix.size());
  const auto slash = what.find('/');
  const auto number =
      slash == std::string_view::npos ? -1 : number_or(std::string{what.substr(slash + 1)}, -1);
  const auto kind = what.substr(0, slash);
  bool is_done = true;
  if (kind == "faults" && number < 0) {
    world_.faults.clear();
  } else if (kind == "faults") {
    is_done = world_.faults.remove(static_cast<std::uint64_t>(number));
  } else if (kind == "limits") {
    world_.limits.clear();
  } else if (kind == "ports") {
    const auto port = static_cast<std::uint16_t>(number);
    is_done = ports_.close_port(port) || server_->close_port(port);
  } else {
    is_done = false;
  }
  return json_reply({{"ok", is_done}}, is_done ? 200 : 404);
}

Json Control::state() const {
  Json platforms = Json::object();
  for (const auto& [name, counts] : world_.counts)
    platforms[name] = {{"requests", counts.requests}, {"answered", counts.answered},
                       {"overruns", counts.overruns}, {"bad_keys", counts.bad_keys},
                       {"invalid", counts.invalid},   {"in_flight", counts.in_flight},
                       {"aborted", counts.aborted}};
  return {{"platforms", std::move(platforms)},
          {"open_connections", server_->open_connections()},
          {"accepted_connections", server_->accepted()},
          {"limits", world_.limits.to_json()},
          {"quota_now_ms", world_.quota_now()}};
}

Json Control::log(const HttpRequest& request) const {
  Question question{request};
  question.only_chat = request.parameter("chat") == "1";
  return matching(world_.journal, question);
}

void Control::wait(const HttpRequest& request, Connection& connection) {
  const Question question{request};
  const auto id = connection.id();
  struct Pending {
    EventLoop::TimerKey timer;
    std::uint64_t waiter = 0;
  };
  const auto pending = std::make_shared<Pending>();
  const auto answer_with = [this, id](const Json& found, int status) {
    if (auto* peer = server_->find(id)) send(json_reply(found, status), *peer);
  };
  const auto ask = [this, question, pending, answer_with] {
    auto found = matching(world_.journal, question);
    if (found.size() < question.count) return false;
    loop_.cancel(pending->timer);
    answer_with(found, 200);
    return true;
  };
  const Millis patience{number_or(request.parameter("timeout_ms"), 5000)};
  pending->timer = loop_.after(patience, [this, question, pending, answer_with] {
    world_.journal.give_up(pending->waiter);
    answer_with(matching(world_.journal, question), 408);
  });
  if (!ask()) pending->waiter = world_.journal.wait(ask);
}

void Control::reset() {
  world_.faults.clear();
  world_.limits.clear();
  world_.journal.clear();
  world_.models.clear();
  world_.promised.clear();
  world_.pace = {};
  world_.quota_clock_offset_ms = 0;
  ports_.clear();
  // Requests in flight hold references to their counters: zero them, keep the entries.
  for (auto& [name, counts] : world_.counts) {
    const auto in_flight = counts.in_flight;
    counts = {};
    counts.in_flight = in_flight;
  }
}

}  // namespace simulator
