#include "freellm/provider/failure.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string>
#include <string_view>

#include "freellm/chat/scrub.hpp"
#include "freellm/provider/quirks.hpp"
#include "freellm/provider/retry_after.hpp"

namespace freellm::provider {

namespace {

using chat::FailureClass;
using chat::LimitMetric;
using chat::LimitObservation;
using chat::LimitWindow;
using chat::Scope;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

/// Contained as words: "limit: 0" is not in "limit: 05", "rpd" is not in "cyberpda".
bool contains_words(std::string_view text, std::string_view words) {
  if (words.empty()) return false;
  for (auto at = text.find(words); at != std::string_view::npos; at = text.find(words, at + 1)) {
    const auto end = at + words.size();
    const bool starts = at == 0 || !is_word(words.front()) || !is_word(text[at - 1]);
    const bool ends = end == text.size() || !is_word(words.back()) || !is_word(text[end]);
    if (starts && ends) return true;
  }
  return false;
}

/// Lower-case message without the model's name, so that "foo-402-per-day" as a model id means
/// nothing.
std::string matchable(std::string_view message, std::string_view model_id) {
  auto text = lower(message);
  const auto id = lower(model_id);
  if (id.size() < 3) return text;
  for (auto at = text.find(id); at != std::string::npos; at = text.find(id, at))
    text.replace(at, id.size(), "·");
  return text;
}

struct Matchable {
  int status;
  ErrorBody body;
  std::string text;
  std::vector<std::string> words;  ///< code, type, reasons
};

bool holds(const ErrorRule& rule, const Matchable& error) {
  const auto is_in = [](const auto& list, const auto& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
  };
  if (!rule.status.empty() && !is_in(rule.status, error.status)) return false;
  if (rule.body && *rule.body != error.body) return false;
  if (rule.code.empty() && rule.text.empty()) return true;
  const bool by_code = std::any_of(error.words.begin(), error.words.end(),
                                   [&](const auto& word) { return is_in(rule.code, word); });
  return by_code || std::any_of(rule.text.begin(), rule.text.end(), [&](const auto& words) {
           return contains_words(error.text, words);
         });
}

const ErrorRule* find_rule(std::span<const ErrorRule> rules, const Matchable& error) {
  const auto found = std::find_if(rules.begin(), rules.end(),
                                  [&](const auto& rule) { return holds(rule, error); });
  return found == rules.end() ? nullptr : &*found;
}

/// What a status means when no row knows better. Rows cover everything below 500 that matters.
ErrorRule by_status(int status) {
  ErrorRule rule;
  if (status >= 400 && status < 500) {
    rule.failure = FailureClass::bad_request;
    rule.scope = Scope::request;
  } else if (status == 0) {
    rule.failure = FailureClass::dead_turn;
    rule.scope = Scope::model;
  } else {
    rule.failure = FailureClass::provider_error;
    rule.scope = Scope::platform;
  }
  return rule;
}

bool may_wait(FailureClass failure) {
  switch (failure) {
    case FailureClass::rate_limited:
    case FailureClass::daily_quota:
    case FailureClass::monthly_quota:
    case FailureClass::provider_busy:
    case FailureClass::provider_error:
    case FailureClass::provider_sick:
    case FailureClass::out_of_credit:
    case FailureClass::blocked_host:
      return true;
    default:
      return false;
  }
}

std::optional<std::int64_t> to_count(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end == text.data() || value < 0) return std::nullopt;
  return value;
}

void add_body_quota(chat::UpstreamFailure& failure, const ErrorFacts& facts, const ErrorRule& rule,
                    std::optional<Now> now) {
  const auto limit = to_count(facts.quota_limit);
  const auto remaining = to_count(facts.quota_remaining);
  if (!limit && !remaining) return;
  LimitObservation seen{.metric = LimitMetric::requests,
                        .window = rule.window.value_or(LimitWindow::minute),
                        .scope = rule.scope,
                        .limit = limit,
                        .remaining = remaining,
                        .resets_in = std::nullopt};
  if (now) seen.resets_in = parse_reset_value(facts.quota_reset, *now);
  if (!failure.retry_after && may_wait(failure.failure)) failure.retry_after = seen.resets_in;
  failure.limits.push_back(seen);
}

}  // namespace

chat::UpstreamFailure classify_error(const ErrorFacts& facts, const wire::HeaderList& headers,
                                     std::span<const ErrorRule> platform_rules,
                                     std::string_view model_id, std::optional<Now> now) {
  Matchable error{.status = facts.status,
                  .body = facts.body,
                  .text = matchable(facts.message, model_id),
                  .words = {}};
  for (const auto* word : {&facts.code, &facts.type}) {
    if (!word->empty()) error.words.push_back(lower(*word));
  }
  for (const auto& reason : facts.reasons) error.words.push_back(lower(reason));

  const ErrorRule fallback = by_status(facts.status);
  const ErrorRule* rule = find_rule(platform_rules, error);
  if (rule == nullptr) rule = find_rule(common_quirks().errors, error);
  if (rule == nullptr) rule = &fallback;

  chat::UpstreamFailure failure{.failure = rule->failure,
                                .scope = rule->scope,
                                .http_status = facts.status,
                                .retry_after = std::nullopt,
                                .limits = {},
                                .message = chat::scrub(facts.message),
                                .code = chat::scrub(facts.code, {}, 100),
                                .retirement = rule->retirement};
  if (may_wait(rule->failure)) {
    failure.retry_after = stated_delay(headers, error.text, now.value_or(Now{}));
  }
  failure.limits = limits_in_text(facts.message);
  add_body_quota(failure, facts, *rule, now);
  return failure;
}

std::vector<chat::LimitObservation> limits_in_text(std::string_view message) {
  struct Axis {
    std::string_view mark;
    LimitMetric metric;
    LimitWindow window;
  };
  static constexpr std::array<Axis, 6> kAxes{
      Axis{"(TPM)", LimitMetric::tokens, LimitWindow::minute},
      Axis{"(TPD)", LimitMetric::tokens, LimitWindow::day},
      Axis{"(RPM)", LimitMetric::requests, LimitWindow::minute},
      Axis{"(RPD)", LimitMetric::requests, LimitWindow::day},
      Axis{"(TPH)", LimitMetric::tokens, LimitWindow::hour},
      Axis{"(RPH)", LimitMetric::requests, LimitWindow::hour}};
  constexpr std::string_view kLimit = "Limit ";
  std::vector<LimitObservation> limits;
  for (const auto& axis : kAxes) {
    const auto at = message.find(axis.mark);
    if (at == std::string_view::npos) continue;
    const auto number = message.find(kLimit, at);
    if (number == std::string_view::npos || number - at > 64) continue;
    const auto count = to_count(message.substr(number + kLimit.size()));
    if (!count) continue;
    limits.push_back({.metric = axis.metric,
                      .window = axis.window,
                      .scope = Scope::model_key,
                      .limit = count,
                      .remaining = std::nullopt,
                      .resets_in = std::nullopt});
  }
  return limits;
}

}  // namespace freellm::provider
