// Quirk rows from JSON. Strict: an unknown member is an error, because a misspelt rule that
// silently does nothing would only show as a provider's 422.

#include "provider/quirks_parse.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "freellm/wire/json.hpp"
#include "provider/quirks_rows.hpp"

namespace freellm::provider {

namespace {

using Json = wire::OrderedJson;

std::string raw(const Json& value) { return wire::dump_json(value); }

bool read_condition(QuirkReader& in, RuleCondition& when, std::string_view key, const Json& value) {
  if (key == "when") {
    in.rows(value, key,
            [&](const Json& flag) { when.flags.push_back(in.name(flag, kConditions, key)); });
  } else if (key == "models") {
    when.models = in.texts(value, key);
  } else if (key == "except_models") {
    when.except_models = in.texts(value, key);
  } else {
    return false;
  }
  return true;
}

void read_clamp(QuirkReader& in, ParamRule& rule, const Json& bounds) {
  in.members(bounds, [&](std::string_view key, const Json& value) {
    if (key == "min") {
      rule.min = in.number(value, key);
    } else if (key == "max" && value == "model_output") {
      rule.max_is_model_output = true;
    } else if (key == "max") {
      rule.max = in.number(value, key);
    } else {
      return key == "or" ? (rule.max = in.number(value, key), true) : false;
    }
    return true;
  });
}

void read_map(QuirkReader& in, ParamRule& rule, const Json& map) {
  if (!map.is_object()) return in.fail("map must be an object");
  for (const auto& [from, to] : map.items()) {
    rule.map.emplace_back(raw(Json(from)), to.is_null() ? std::string{} : raw(to));
  }
}

/// The member that names what a rule does. False when `key` is no action.
bool read_action(QuirkReader& in, ParamRule& rule, std::string_view key, const Json& value) {
  if (key == "drop") {
    rule.action = RuleAction::drop;
  } else if (key == "rename") {
    rule.action = RuleAction::rename;
    rule.target = in.text(value, key);
  } else if (key == "clamp") {
    rule.action = RuleAction::clamp;
    read_clamp(in, rule, value);
  } else if (key == "at_most") {
    rule.action = RuleAction::at_most;
    rule.count = static_cast<std::size_t>(std::max(0.0, in.number(value, key)));
  } else if (key == "map") {
    rule.action = RuleAction::map;
    read_map(in, rule, value);
  } else if (key == "only") {
    rule.action = RuleAction::only;
    in.rows(value, key, [&](const Json& allowed) { rule.values.push_back(raw(allowed)); });
  } else if (key == "default" || key == "set") {
    rule.action = key == "set" ? RuleAction::set : RuleAction::fallback;
    rule.json = raw(value);
  } else {
    return false;
  }
  return true;
}

/// One row may name several members; it becomes one rule for each.
void read_param(QuirkReader& in, std::vector<ParamRule>& rules, const Json& row) {
  ParamRule rule;
  std::vector<std::string> params;
  int actions = 0;
  in.members(row, [&](std::string_view key, const Json& value) {
    if (key == "param") {
      params = value.is_string() ? std::vector{in.text(value, key)} : in.texts(value, key);
    } else if (key == "why") {
      rule.why = in.text(value, key);
    } else if (read_action(in, rule, key, value)) {
      ++actions;
    } else {
      return read_condition(in, rule.when, key, value);
    }
    return true;
  });
  if (params.empty()) in.fail("a parameter rule needs \"param\"");
  if (actions != 1) in.fail("a parameter rule needs exactly one action");
  if (rule.why.empty()) in.fail("a parameter rule needs \"why\"");
  for (auto& param : params) {
    rule.param = std::move(param);
    rules.push_back(rule);
  }
}

bool is_token(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           kOthers.find(c) != std::string_view::npos;
  });
}

/// What goes into a request's head must not be able to end it.
bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

void read_headers(QuirkReader& in, std::vector<StaticHeader>& out, const Json& object) {
  in.members(object, [&](std::string_view name, const Json& value) {
    out.push_back({std::string(name), in.text(value, name)});
    if (!is_token(name)) in.fail("headers: \"" + std::string(name) + "\" is no field name");
    if (!is_printable(out.back().value)) in.fail("headers: control characters in a value");
    return true;
  });
}

std::string read_path(QuirkReader& in, std::string_view name, const Json& value) {
  auto path = in.text(value, name);
  if (!path.starts_with('/') || !is_printable(path) || path.find(' ') != std::string::npos)
    in.fail(std::string(name) + " must be a path that starts with /");
  return path;
}

bool read_lists(QuirkReader& in, QuirkSet& set, std::string_view key, const Json& value) {
  // A list adds to what the set extends; parameters and errors of its own go first.
  if (key == "params") {
    in.rows(value, key, [&](const Json& row) { read_param(in, set.params, row); });
  } else if (key == "messages") {
    in.rows(value, key, [&](const Json& row) { read_messages(in, set.messages, row); });
  } else if (key == "errors") {
    std::vector<ErrorRule> own;
    in.rows(value, key, [&](const Json& row) { read_error_rule(in, own, row); });
    set.errors.insert(set.errors.begin(), own.begin(), own.end());
  } else if (key == "rate_headers") {
    in.rows(value, key, [&](const Json& row) { read_rate_row(in, set.rate_headers, row); });
  } else if (key == "key_probes") {
    set.key_probes.clear();
    in.rows(value, key, [&](const Json& row) { read_probe(in, set.key_probes, row); });
  } else {
    return false;
  }
  return true;
}

bool read_set_member(QuirkReader& in, QuirkSet& set, std::string_view key, const Json& value) {
  if (key == "extends") return true;
  if (key == "why") {
    set.why = in.text(value, key);
  } else if (key == "chat_path") {
    set.chat_path = read_path(in, key, value);
  } else if (key == "auth") {
    set.auth = in.name(value, kAuthSchemes, key);
  } else if (key == "auth_header") {
    set.auth_header = in.text(value, key);
    if (!is_token(set.auth_header)) in.fail("auth_header is no field name");
  } else if (key == "headers") {
    read_headers(in, set.headers, value);
  } else if (key == "stream_usage") {
    set.stream_usage = in.flag(value, key);
  } else if (key == "known") {
    set.known_only = true;
    set.known = in.texts(value, key);
  } else if (key == "reasoning_fields") {
    set.reasoning_fields = in.texts(value, key);
  } else if (key == "dead_answers") {
    set.dead_answers = in.texts(value, key);
  } else if (key == "poll_url") {
    set.polls_on_202 = true;
    set.poll_url = in.text(value, key);
  } else {
    return read_lists(in, set, key, value);
  }
  return true;
}

QuirkSet start_of(QuirkReader& in, const Json& object, const std::vector<QuirkSet>& earlier,
                  QuirkLookup lookup) {
  if (!object.is_object() || !object.contains("extends")) return {};
  const auto base = in.text(object["extends"], "extends");
  const auto found = std::find_if(earlier.begin(), earlier.end(),
                                  [&](const auto& set) { return set.name == base; });
  if (found != earlier.end()) return *found;
  if (const QuirkSet* installed = lookup(base)) return *installed;
  in.fail("extends \"" + base + "\", which is not known here");
  return {};
}

Error bad_rows(std::string message) {
  return Error{.kind = ErrorKind::configuration, .message = "quirk table: " + std::move(message)};
}

}  // namespace

namespace {

std::vector<QuirkSet> read_sets(QuirkReader& in, const Json& platforms, QuirkLookup installed) {
  std::vector<QuirkSet> sets;
  in.enter("platforms");
  in.members(platforms, [&](std::string_view name, const Json& object) {
    in.enter(std::string(name));
    QuirkSet set = start_of(in, object, sets, installed);
    set.name = name;
    in.members(object, [&](std::string_view key, const Json& value) {
      return read_set_member(in, set, key, value);
    });
    sets.push_back(std::move(set));
    return true;
  });
  return sets;
}

}  // namespace

Result<std::vector<QuirkSet>> parse_quirks(std::string_view json, QuirkLookup installed) {
  const auto document = wire::parse_ordered_json(json);
  if (!document) return bad_rows(document.error().message);
  if (!document->is_object() || !document->contains("platforms"))
    return bad_rows("\"platforms\" is missing");
  QuirkReader in;
  auto sets = read_sets(in, (*document)["platforms"], installed);
  if (in.failed()) return bad_rows(in.problem());
  return sets;
}

Result<std::vector<QuirkSet>> parse_quirks(std::string_view json) {
  return parse_quirks(json, [](std::string_view name) { return find_quirks(name); });
}

Result<std::vector<QuirkSet>> parse_catalog_quirks(std::string_view json) {
  const auto bad = [](std::string message) {
    return Error{.kind = ErrorKind::configuration, .message = "/quirks" + std::move(message)};
  };
  const auto document = wire::parse_ordered_json(json);
  if (!document) return bad(": " + document.error().message);
  if (!document->is_object()) return bad(": must be an object");
  for (const auto* reserved : {"common", "openai"}) {
    if (document->contains(reserved)) {
      return bad(
          "/" + std::string{reserved} +
          ": belongs to every platform and cannot be replaced; extend it under another name");
    }
  }
  QuirkReader in;
  auto sets = read_sets(in, *document, [](std::string_view name) { return built_in_quirks(name); });
  if (in.failed()) return bad("/" + in.problem());
  return sets;
}

}  // namespace freellm::provider
