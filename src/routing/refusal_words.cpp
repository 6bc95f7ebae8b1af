#include "refusal_words.hpp"

#include <algorithm>

#include "freellm/chat/scrub.hpp"

namespace freellm::routing::detail {
namespace {

constexpr std::size_t kPlatformsInMessage = 6;

using Slugs = std::vector<std::string_view>;

void add_once(Slugs& slugs, std::string_view slug) {
  if (std::find(slugs.begin(), slugs.end(), slug) == slugs.end()) slugs.push_back(slug);
}

std::string listed(const Slugs& slugs) {
  std::string text;
  for (std::size_t i = 0; i < slugs.size() && i < kPlatformsInMessage; ++i)
    text += (i == 0 ? "" : ", ") + std::string{slugs[i]};
  if (slugs.size() > kPlatformsInMessage) text += " and others";
  return text;
}

/// Platforms of the selected models that stand like that.
Slugs platforms_that(const PlannerState& state, VerdictKind standing) {
  Slugs slugs;
  for (const auto at : state.selection->models) {
    const auto& model = state.index->models()[at];
    if (model.standing == standing && model.platform != nullptr)
      add_once(slugs, model.platform->slug);
  }
  return slugs;
}

constexpr std::size_t kCausesLength = 260;
constexpr std::size_t kDetailLength = 100;

/// What went wrong in the same way, and at whom.
struct Cause {
  chat::FailureClass failure;
  int http_status;
  Slugs platforms;
  std::string detail;  ///< of the first one
};

std::vector<Cause> grouped(const PlannerState& state) {
  std::vector<Cause> found;
  for (const auto& attempt : state.record.attempts) {
    const auto* platform = state.index->table()->platform(attempt.candidate.platform);
    auto cause = std::find_if(found.begin(), found.end(), [&](const Cause& other) {
      return other.failure == attempt.failure && other.http_status == attempt.http_status;
    });
    if (cause == found.end()) {
      found.push_back({attempt.failure,
                       attempt.http_status,
                       {},
                       chat::scrub(attempt.message, {}, kDetailLength)});
      cause = found.end() - 1;
    }
    if (platform != nullptr) add_once(cause->platforms, platform->slug);
  }
  return found;
}

std::string words_of(const Cause& cause) {
  const auto who = listed(cause.platforms);
  std::string text;
  if (cause.failure == chat::FailureClass::connect_failed) {
    text = "no connection to " + who;
  } else if (cause.http_status > 0) {
    text = who + " answered " + std::to_string(cause.http_status);
  } else {
    text = who + ": " + std::string{to_string(cause.failure)};
  }
  return text + (cause.detail.empty() ? "" : ": " + cause.detail);
}

}  // namespace

std::string no_key_text(const PlannerState& state, const std::string& name) {
  std::string text = "no enabled platform with a usable key serves '" + name + "'; ";
  if (const auto slugs = platforms_that(state, VerdictKind::no_key); !slugs.empty()) {
    return text + "add a provider key of one of: " + listed(slugs) + " (freellmapi keys add " +
           std::string{slugs.front()} + ")";
  }
  if (const auto slugs = platforms_that(state, VerdictKind::platform_disabled); !slugs.empty())
    return text + "enable one of: " + listed(slugs);
  return text + "add a provider key";
}

std::string causes_of_attempts(const PlannerState& state) {
  const auto found = grouped(state);
  std::string text;
  std::size_t shown = 0;
  for (const auto& cause : found) {
    const auto words = words_of(cause);
    if (shown > 0 && text.size() + words.size() > kCausesLength) break;
    text += (shown++ > 0 ? "; " : "") + words;
  }
  if (found.size() > shown)
    text += "; and " + std::to_string(found.size() - shown) + " more kinds of failure";
  return text;
}

}  // namespace freellm::routing::detail
