#include "chat/think_splitter.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "chat/escaped_text.hpp"

namespace freellm::chat {
namespace {

struct Tag {
  std::string_view open;
  std::string_view close;
};
constexpr std::array kTags{Tag{"<think>", "</think>"}, Tag{"<thinking>", "</thinking>"}};

/// White space beyond this is passed on: nothing is held without a bound.
constexpr std::size_t kMostSpace = 4096;
constexpr std::string_view kSpace = " \t\r\n";

/// Length of the longest end of `text` that `marker` starts with, but not all of it.
std::size_t overlap(std::string_view text, std::string_view marker) {
  std::size_t length = std::min(text.size(), marker.size() - 1);
  while (length > 0 && !marker.starts_with(text.substr(text.size() - length))) --length;
  return length;
}

void pass(ThinkSplitter::Sink sink, ThinkSplitter::Part part, std::string_view plain) {
  if (!plain.empty()) sink(part, wire::escaped(plain));
}

}  // namespace

void ThinkSplitter::feed(wire::JsonText text, Sink sink) {
  if (text.empty()) return;
  switch (phase_) {
    case Phase::start:
      return at_start(text, sink);
    case Phase::thinking:
      return while_thinking(text, sink);
    case Phase::after:
      return after_thinking(text, sink);
    case Phase::answer:
      return sink(Part::content, text);
  }
}

void ThinkSplitter::at_start(wire::JsonText text, Sink sink) {
  if (held_.empty()) {
    const std::size_t space = leading_space(text);
    const bool starts_plainly =
        space < text.size() && (!extract_ || unit_at(text, space).value != '<');
    if (starts_plainly) {
      phase_ = Phase::answer;
      return sink(Part::content, text);
    }
  }
  held_ += wire::unescaped(text);
  const std::size_t first = std::min(held_.find_first_not_of(kSpace), held_.size());
  const std::string_view start = std::string_view{held_}.substr(first);
  if (start.empty() && held_.size() <= kMostSpace) return;
  bool undecided = false;
  for (const auto& tag : kTags) {
    undecided |= extract_ && !start.empty() && tag.open.starts_with(start);
    if (!extract_ || !start.starts_with(tag.open)) continue;
    phase_ = Phase::thinking;
    at_thought_start_ = true;
    close_ = tag.close;
    const std::string rest = wire::escaped(start.substr(tag.open.size()));
    held_.clear();
    return feed(rest, sink);
  }
  if (undecided) return;
  phase_ = Phase::answer;
  const std::string plain = std::exchange(held_, {});
  pass(sink, Part::content, plain);
}

void ThinkSplitter::while_thinking(wire::JsonText text, Sink sink) {
  if (at_thought_start_) {
    text.remove_prefix(leading_space(text));
    if (text.empty()) return;
    at_thought_start_ = false;
  }
  if (held_.empty() && find_ascii(text, "<") == text.npos) return sink(Part::reasoning, text);
  held_ += wire::unescaped(text);
  const std::size_t close = held_.find(close_);
  if (close == held_.npos) {
    const std::size_t keep = overlap(held_, close_);
    pass(sink, Part::reasoning, std::string_view{held_}.substr(0, held_.size() - keep));
    held_.erase(0, held_.size() - keep);
    return;
  }
  const std::string all = std::exchange(held_, {});
  pass(sink, Part::reasoning, std::string_view{all}.substr(0, close));
  phase_ = Phase::after;
  feed(wire::escaped(std::string_view{all}.substr(close + close_.size())), sink);
}

void ThinkSplitter::after_thinking(wire::JsonText text, Sink sink) {
  text.remove_prefix(leading_space(text));
  if (text.empty()) return;
  phase_ = Phase::answer;
  sink(Part::content, text);
}

void ThinkSplitter::finish(Sink sink) {
  const std::string plain = std::exchange(held_, {});
  if (plain.find_first_not_of(kSpace) == plain.npos) return;
  pass(sink, phase_ == Phase::thinking ? Part::reasoning : Part::content, plain);
}

}  // namespace freellm::chat
