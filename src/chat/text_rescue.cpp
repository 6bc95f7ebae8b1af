#include "chat/text_rescue.hpp"

#include <algorithm>
#include <utility>

#include "freellm/wire/json_text.hpp"

namespace freellm::chat {
namespace {

/// A call longer than this stays text.
constexpr std::size_t kMaxHeldBytes = 256 * 1024;
/// Text that has not shown by then whether it is a call is none. Models that lose themselves in
/// white space behind a brace would otherwise be held back without end.
constexpr std::size_t kMaxUndecidedBytes = 4096;

bool is_token_dialect(CallDialect dialect) {
  return dialect == CallDialect::tokens || dialect == CallDialect::token_section;
}

}  // namespace

void TextRescue::feed(wire::JsonText text, TextSink on_text, CallSink on_call) {
  if (!held_.empty()) {
    held_ += wire::unescaped(text);
    return drain(on_text, on_call);
  }
  if (after_call_) text.remove_prefix(leading_space(text));
  if (text.empty()) return;
  after_call_ = false;
  const auto candidate = find_ascii(text, at_start_ ? "<`{" : "<`");
  pass(text.substr(0, candidate), on_text);
  if (candidate == text.npos) return;
  held_ = wire::unescaped(text.substr(candidate));
  drain(on_text, on_call);
}

void TextRescue::pass(wire::JsonText text, TextSink on_text) {
  if (text.empty()) return;
  if (leading_space(text) < text.size()) at_start_ = false;
  on_text(text);
}

void TextRescue::pass_plain(std::string_view text, TextSink on_text) {
  if (!text.empty()) pass(wire::escaped(text), on_text);
}

void TextRescue::drain(TextSink on_text, CallSink on_call) {
  std::string all = std::exchange(held_, {});
  std::string_view rest = all;
  while (!rest.empty()) {
    const std::size_t used = examine(rest, on_text, on_call);
    if (used == 0) break;
    rest.remove_prefix(used);
    if (after_call_) rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
    if (rest.empty()) break;
    after_call_ = false;
    const std::size_t next = std::min(rest.find_first_of(at_start_ ? "<`{" : "<`"), rest.size());
    pass_plain(rest.substr(0, next), on_text);
    rest.remove_prefix(next);
  }
  if (rest.size() == all.size()) {
    held_ = std::move(all);  // the usual case while a call arrives: nothing is copied
  } else {
    held_ = rest;
  }
}

/// How much of `text`, which starts at a possible marker, is dealt with; 0 = wait for more.
std::size_t TextRescue::examine(std::string_view text, TextSink on_text, CallSink on_call) {
  if (dialect_ == CallDialect::undecided) {
    dialect_ = recognise(text, at_start_ ? Place::answer_start : Place::later, *tools_);
    searched_ = opening_length(dialect_);
  }
  if (dialect_ == CallDialect::undecided) {
    if (text.size() <= kMaxUndecidedBytes) return 0;
    dialect_ = CallDialect::none;
  }
  if (dialect_ == CallDialect::none) {
    dialect_ = CallDialect::undecided;
    // A fence is released with all its ticks, or the last of them would look like another's start.
    const std::size_t ticks = std::min(text.find_first_not_of('`'), text.size());
    const std::size_t length = std::max<std::size_t>(ticks, 1);
    pass_plain(text.substr(0, length), on_text);
    return length;
  }
  const std::size_t end = end_of_call(text);
  if (end == text.npos && text.size() <= kMaxHeldBytes) return 0;
  resolve(text.substr(0, end), on_text, on_call);
  return std::min(end, text.size());
}

std::size_t TextRescue::end_of_call(std::string_view text) {
  if (!is_token_dialect(dialect_)) return end_of_json(text);
  const std::string_view marker = terminator(dialect_);
  const std::size_t found = text.find(marker, searched_);
  searched_ = text.size() - std::min(text.size(), marker.size() - 1);
  return found == text.npos ? found : found + marker.size();
}

std::size_t TextRescue::end_of_json(std::string_view text) {
  const std::string_view marker = terminator(dialect_);
  for (; searched_ < text.size() && !json_end_.complete(); ++searched_) {
    const std::string_view rest = text.substr(searched_);
    const bool may_end = !marker.empty() && !json_end_.in_string() && rest[0] == marker[0];
    if (may_end && rest.starts_with(marker)) return searched_ + marker.size();
    if (may_end && marker.starts_with(rest)) return text.npos;
    json_end_.feed_plain(text[searched_]);
  }
  if (!json_end_.complete()) return text.npos;
  if (marker.empty()) return searched_;
  // The closing marker belongs to the call when it follows; some models forget it.
  const std::size_t next = std::min(text.find_first_not_of(" \t\r\n", searched_), text.size());
  const std::string_view rest = text.substr(next);
  if (rest.starts_with(marker)) return next + marker.size();
  return marker.starts_with(rest) ? text.npos : searched_;
}

void TextRescue::resolve(std::string_view text, TextSink on_text, CallSink on_call) {
  const CallDialect dialect = std::exchange(dialect_, CallDialect::undecided);
  searched_ = 0;
  json_end_ = {};
  const auto calls = read_calls(dialect, text, *tools_);
  for (const auto& call : calls) on_call(call);
  const bool broken_tokens = calls.empty() && is_token_dialect(dialect);
  if (calls.empty() && !broken_tokens) return pass_plain(text, on_text);
  // Special tokens are never prose: a call in them that cannot be read is dropped, and an answer of
  // nothing else is a dead turn that another provider can serve.
  at_start_ = false;
  after_call_ = true;
}

void TextRescue::finish(TextSink on_text, CallSink on_call) {
  const std::string all = std::exchange(held_, {});
  if (dialect_ == CallDialect::undecided) return pass_plain(all, on_text);
  const bool json_ended = json_end_.complete();
  const std::size_t end = json_ended ? std::min(searched_, all.size()) : all.size();
  resolve(std::string_view{all}.substr(0, end), on_text, on_call);
  // At most the beginning of a closing marker is left.
}

}  // namespace freellm::chat
