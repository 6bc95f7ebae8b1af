#include "freellm/routing/verdict.hpp"

#include <array>

#include "duration_text.hpp"

namespace freellm::routing {
namespace {

std::string quota_text(const Verdict& verdict, SteadyTime now) {
  std::string text = short_name(verdict.metric, verdict.window) + ' ';
  if (verdict.stated) {
    text += "spent, says the provider";
  } else {
    text += std::to_string(verdict.used) + '/' + std::to_string(verdict.limit);
    if (verdict.metric == chat::LimitMetric::tokens)
      text += ", needs " + std::to_string(verdict.wanted);
  }
  if (!verdict.certain) return text + ", frees when a running request ends";
  if (verdict.free_at == SteadyTime::max()) return text;
  return text + ", frees in " + duration_text(verdict.free_at - now);
}

}  // namespace

std::string_view to_string(VerdictKind kind) {
  static constexpr std::array<std::string_view, 14> kNames = {"admitted",
                                                              "not_needed",
                                                              "model_disabled",
                                                              "platform_disabled",
                                                              "no_key",
                                                              "lacks_tools",
                                                              "lacks_vision",
                                                              "lacks_json_schema",
                                                              "window_too_small",
                                                              "excluded",
                                                              "cooling_down",
                                                              "probing",
                                                              "quota",
                                                              "request_too_big"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string short_name(chat::LimitMetric metric, chat::LimitWindow window) {
  if (metric == chat::LimitMetric::concurrency) return "concurrency";
  static constexpr std::array<char, 4> kMetric = {'r', 't', 'c', 'n'};
  static constexpr std::array<std::string_view, 5> kWindow = {"ps", "pm", "ph", "pd", "p month"};
  return kMetric[static_cast<std::size_t>(metric)] +
         std::string{kWindow[static_cast<std::size_t>(window)]};
}

std::string describe(const Verdict& verdict, SteadyTime now) {
  switch (verdict.kind) {
    case VerdictKind::admitted:
      return "admitted";
    case VerdictKind::not_needed:
      return "not needed: an earlier candidate was taken";
    case VerdictKind::model_disabled:
      return "model is disabled";
    case VerdictKind::platform_disabled:
      return "platform is disabled";
    case VerdictKind::no_key:
      return "no usable key";
    case VerdictKind::lacks_tools:
      return "cannot use tools";
    case VerdictKind::lacks_vision:
      return "cannot see images";
    case VerdictKind::lacks_json_schema:
      return "cannot follow a JSON schema";
    case VerdictKind::window_too_small:
      return "context window " + std::to_string(verdict.limit) + ", needs " +
             std::to_string(verdict.used);
    case VerdictKind::excluded:
      return "ruled out: " + std::string{to_string(verdict.cause)};
    case VerdictKind::cooling_down:
      return "cooling down after " + std::string{to_string(verdict.cause)} + ", " +
             duration_text(verdict.free_at - now) + " left";
    case VerdictKind::probing:
      return "recovering: a probe is under way";
    case VerdictKind::quota:
      return quota_text(verdict, now);
    case VerdictKind::request_too_big:
      return short_name(verdict.metric, verdict.window) + " limit " +
             std::to_string(verdict.limit) + ", the request needs " +
             std::to_string(verdict.wanted);
  }
  return {};
}

}  // namespace freellm::routing
