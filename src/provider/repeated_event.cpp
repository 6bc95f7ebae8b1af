#include "provider/repeated_event.hpp"

#include "freellm/wire/json_text.hpp"

namespace freellm::provider {

namespace {

using chat::Delta;

/// The member that holds the only thing `delta` says; null when that is not one text.
chat::JsonText Delta::*only_text(const Delta& delta) {
  const bool says_more = !delta.refusal.empty() || !delta.tool_calls.empty() ||
                         delta.finish != chat::FinishReason::none || !delta.logprobs.empty() ||
                         delta.usage != nullptr;
  if (says_more || delta.content.empty() == delta.reasoning.empty()) return nullptr;
  return delta.content.empty() ? &Delta::reasoning : &Delta::content;
}

}  // namespace

std::optional<Delta> RepeatedEvent::read(std::string_view json) const {
  if (text_ == nullptr || json.size() < spelling_.size()) return std::nullopt;
  const auto before = std::string_view{spelling_}.substr(0, before_);
  const auto after = std::string_view{spelling_}.substr(before_);
  if (!json.starts_with(before) || !json.ends_with(after)) return std::nullopt;
  const auto text = json.substr(before_, json.size() - spelling_.size());
  // Valid between its quotation marks, it ends at the second one, and the rest was valid before.
  if (!wire::is_valid_json_text(text)) return std::nullopt;
  Delta delta;
  delta.choice = choice_;
  delta.*text_ = text;
  return delta;
}

void RepeatedEvent::remember(std::string_view json, const Delta& only) {
  const auto text = only_text(only);
  if (text == nullptr) return;
  const auto value = only.*text;
  if (json.size() - value.size() > kMostBytes) return;
  text_ = text;
  choice_ = only.choice;
  before_ = static_cast<std::size_t>(value.data() - json.data());
  spelling_ = json.substr(0, before_);
  spelling_ += json.substr(before_ + value.size());
}

}  // namespace freellm::provider
