#include "provider/quirks_rows.hpp"

#include <cstdlib>

namespace freellm::provider {

using Json = wire::OrderedJson;

void read_messages(QuirkReader& in, std::vector<MessageRules>& out, const Json& row) {
  MessageRules rules;
  rules.options.developer_to_system = false;
  in.members(row, [&](std::string_view key, const Json& value) {
    if (key == "models") {
      rules.models = in.texts(value, key);
    } else if (key == "why") {
      rules.why = in.text(value, key);
    } else {
      const auto* option = std::find_if(kHygiene.begin(), kHygiene.end(),
                                        [&](const auto& named) { return named.name == key; });
      if (option == kHygiene.end()) return false;
      rules.options.*(option->value) = in.flag(value, key);
    }
    return true;
  });
  out.push_back(std::move(rules));
}

void read_error_rule(QuirkReader& in, std::vector<ErrorRule>& out, const Json& row) {
  ErrorRule rule;
  bool has_class = false;
  in.members(row, [&](std::string_view key, const Json& value) {
    if (key == "status") {
      in.rows(value, key, [&](const Json& item) {
        rule.status.push_back(static_cast<int>(in.number(item, key)));
      });
    } else if (key == "code") {
      rule.code = in.words(value, key);
    } else if (key == "text") {
      rule.text = in.words(value, key);
    } else if (key == "body") {
      rule.body = in.name(value, kErrorBodies, key);
    } else if (key == "class") {
      has_class = true;
      rule.failure = in.name(value, kFailures, key);
    } else if (key == "scope") {
      rule.scope = in.name(value, kScopes, key);
    } else if (key == "window") {
      rule.window = in.name(value, kWindows, key);
    } else if (key == "retirement") {
      rule.retirement = in.flag(value, key);
    } else if (key == "why") {
      rule.why = in.text(value, key);
    } else {
      return false;
    }
    return true;
  });
  if (!has_class) in.fail("an error rule needs \"class\"");
  out.push_back(std::move(rule));
}

void read_rate_row(QuirkReader& in, std::vector<RateHeaderRow>& out, const Json& row) {
  RateHeaderRow header;
  in.members(row, [&](std::string_view key, const Json& value) {
    if (key == "limit") {
      header.limit = in.text(value, key);
    } else if (key == "remaining") {
      header.remaining = in.text(value, key);
    } else if (key == "reset") {
      header.reset = in.text(value, key);
    } else if (key == "metric") {
      header.metric = in.name(value, kMetrics, key);
    } else if (key == "window") {
      header.window = in.name(value, kWindows, key);
    } else if (key == "scope") {
      header.scope = in.name(value, kScopes, key);
    } else if (key == "why") {
      header.why = in.text(value, key);
    } else {
      return false;
    }
    return true;
  });
  out.push_back(std::move(header));
}

void read_probe(QuirkReader& in, std::vector<KeyProbe>& out, const Json& row) {
  KeyProbe probe;
  in.members(row, [&](std::string_view key, const Json& value) {
    if (key == "method") {
      probe.method = in.text(value, key);
    } else if (key == "url") {
      probe.url = in.text(value, key);
    } else if (key == "body") {
      probe.body = wire::dump_json(value);
    } else if (key == "verdicts") {
      in.members(value, [&](std::string_view status, const Json& verdict) {
        const int number = std::atoi(std::string(status).c_str());
        probe.verdicts[number] = in.name(verdict, kVerdicts, key);
        return number >= 100 && number < 600;
      });
    } else if (key == "why") {
      probe.why = in.text(value, key);
    } else {
      return false;
    }
    return true;
  });
  out.push_back(std::move(probe));
}

}  // namespace freellm::provider
