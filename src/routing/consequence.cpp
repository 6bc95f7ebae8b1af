#include "freellm/routing/consequence.hpp"

#include "duration_text.hpp"

namespace freellm::routing {
namespace {

std::string_view name_of(chat::Scope scope) {
  switch (scope) {
    case chat::Scope::model_key:
      return "this model with this key";
    case chat::Scope::model:
      return "this model";
    case chat::Scope::key:
      return "this key";
    case chat::Scope::platform:
      return "this platform";
    case chat::Scope::request:
      break;
  }
  return "it";
}

std::string left_out(const Consequence& consequence) {
  if (consequence.ended_request) return "nobody else was asked";
  if (!consequence.ruled_out) return {};
  std::string text{name_of(*consequence.ruled_out)};
  text += consequence.smaller_too ? " and those with no larger a context window were" : " was";
  text += " left out for the rest of the request";
  if (consequence.second_chance) text += " unless nothing else was left";
  return text;
}

std::string rest(const Consequence& consequence, bool is_same) {
  if (!consequence.benched) return {};
  std::string text{is_same ? std::string_view{} : name_of(*consequence.benched)};
  text += text.empty() ? "rests for " : " rests for ";
  text += duration_text(consequence.benched_for);
  if (consequence.stated) text += ", as the platform says";
  return text;
}

}  // namespace

std::string describe(const Consequence& consequence) {
  std::string text = left_out(consequence);
  const bool is_same = !text.empty() && !consequence.ended_request && !consequence.smaller_too &&
                       consequence.ruled_out == consequence.benched;
  if (const auto rests = rest(consequence, is_same); !rests.empty()) {
    if (!text.empty()) text += is_same ? ", and " : "; ";
    text += rests;
  }
  if (consequence.penalty > 0) {
    if (!text.empty()) text += "; ";
    text += "the model stands " + std::to_string(consequence.penalty) +
            (consequence.penalty == 1 ? " place" : " places") + " further back";
  }
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  return text;
}

}  // namespace freellm::routing
