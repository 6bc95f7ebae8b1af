#include "chat/tool_call_tracker.hpp"

#include <algorithm>

#include "freellm/wire/json_text.hpp"

namespace freellm::chat {
namespace {

constexpr std::size_t kMaxCalls = 256;
/// Arguments longer than this are handed over unrepaired rather than kept.
constexpr std::size_t kMaxHeldBytes = 1024 * 1024;
/// Of all calls together.
constexpr std::size_t kMaxHeldInAll = 8 * 1024 * 1024;

}  // namespace

void ToolCallTracker::feed(const ToolCallFragment& fragment, Sink sink) {
  const bool empty = fragment.id.empty() && fragment.name.empty() && fragment.arguments.empty();
  if (empty) return;  // the null sentinel some hosts end their calls with
  Call* const call = find(fragment);
  if (call == nullptr) return;
  if (call->sent_id.empty()) call->sent_id = fragment.id;
  if (!call->sent_index) call->sent_index = fragment.index;
  if (call->name.empty()) call->name = fragment.name;
  if (!call->announced && !call->name.empty()) announce(*call, sink);
  if (!fragment.arguments.empty()) add_arguments(*call, fragment.arguments, sink);
}

void ToolCallTracker::add_call(std::string_view name, std::string_view arguments, Sink sink) {
  const std::string escaped_name = wire::escaped(name);
  const std::string escaped_arguments = wire::escaped(arguments);
  Call* const call = open({});
  if (call == nullptr) return;
  call->name = escaped_name;
  announce(*call, sink);
  add_arguments(*call, escaped_arguments, sink);
}

ToolCallTracker::Call* ToolCallTracker::find(const ToolCallFragment& fragment) {
  if (!fragment.id.empty()) return by_id(fragment);
  if (fragment.index) return by_index(fragment);
  return by_order(fragment);
}

/// A name on a fragment may be a repetition or the start of the next call under the same number.
bool ToolCallTracker::starts_another(const Call& call, const ToolCallFragment& fragment) {
  if (fragment.name.empty() || call.name.empty()) return false;
  return fragment.name != call.name || call.end.complete();
}

ToolCallTracker::Call* ToolCallTracker::by_id(const ToolCallFragment& fragment) {
  const auto known = std::find_if(calls_.rbegin(), calls_.rend(),
                                  [&](const Call& call) { return call.sent_id == fragment.id; });
  if (known != calls_.rend()) {
    // Some models give every call the same id and tell them apart by index only.
    const bool other_index =
        fragment.index && known->sent_index && *fragment.index != *known->sent_index;
    return other_index && !fragment.name.empty() ? open(fragment) : &*known;
  }
  if (!fragment.index) return open(fragment);
  // A new id under a known index is a new call, unless the id merely comes late.
  const auto same_index = std::find_if(calls_.rbegin(), calls_.rend(), [&](const Call& call) {
    return call.sent_index == fragment.index;
  });
  const bool late = same_index != calls_.rend() && same_index->sent_id.empty() &&
                    !starts_another(*same_index, fragment);
  return late ? &*same_index : open(fragment);
}

ToolCallTracker::Call* ToolCallTracker::by_index(const ToolCallFragment& fragment) {
  // The latest call of that index: earlier ones were followed by another id.
  const auto known = std::find_if(calls_.rbegin(), calls_.rend(), [&](const Call& call) {
    return call.sent_index == fragment.index;
  });
  if (known == calls_.rend() || starts_another(*known, fragment)) return open(fragment);
  return &*known;
}

ToolCallTracker::Call* ToolCallTracker::by_order(const ToolCallFragment& fragment) {
  if (calls_.empty()) return open(fragment);
  Call& last = calls_.back();
  return starts_another(last, fragment) ? open(fragment) : &last;
}

ToolCallTracker::Call* ToolCallTracker::open(const ToolCallFragment& fragment) {
  if (calls_.size() == kMaxCalls) return nullptr;
  Call& call = calls_.emplace_back();
  call.sent_index = fragment.index;
  call.sent_id = fragment.id;
  return &call;
}

std::string ToolCallTracker::unique_id(const Call& call) {
  const bool usable =
      !call.sent_id.empty() && std::count_if(calls_.begin(), calls_.end(), [&](const Call& other) {
                                 return other.sent_id == call.sent_id;
                               }) == 1;
  return usable ? call.sent_id : "call_" + random_->alphanumeric(24);
}

void ToolCallTracker::announce(Call& call, Sink sink) {
  call.announced = true;
  call.index = next_index_++;
  const std::string id = unique_id(call);
  sink({.index = call.index, .id = id, .name = call.name, .arguments = {}});
  if (call.pending.empty()) return;
  const std::string early = std::exchange(call.pending, {});
  held_bytes_ -= early.size();
  add_arguments(call, early, sink);
}

void ToolCallTracker::decide(Call& call) {
  if (call.mode != Mode::undecided || call.end.first() == 0) return;
  const bool may_need_repair = tools_ != nullptr && tools_->has_structured_parameters(call.name);
  const bool plain_object = call.end.first() == '{' && !may_need_repair;
  call.mode = plain_object ? Mode::streaming : Mode::held;
}

void ToolCallTracker::add_arguments(Call& call, JsonText arguments, Sink sink) {
  if (!call.announced) {
    if (call.pending.size() < kMaxHeldBytes && held_bytes_ < kMaxHeldInAll) {
      call.pending += arguments;
      held_bytes_ += arguments.size();
    }
    return;
  }
  call.end.feed(arguments);
  decide(call);
  if (call.mode == Mode::streaming && call.pending.empty()) {
    call.has_arguments = true;
    return sink({.index = call.index, .id = {}, .name = {}, .arguments = arguments});
  }
  call.pending += arguments;
  held_bytes_ += arguments.size();
  const bool is_too_much = call.pending.size() > kMaxHeldBytes || held_bytes_ > kMaxHeldInAll;
  if (is_too_much) call.mode = Mode::streaming;
  if (call.mode != Mode::streaming) return;
  const std::string pending = std::exchange(call.pending, {});
  held_bytes_ -= pending.size();
  call.has_arguments = true;
  sink({.index = call.index, .id = {}, .name = {}, .arguments = pending});
}

void ToolCallTracker::finish(Sink sink) {
  for (Call& call : calls_) {
    const bool owes_arguments = call.announced && (!call.pending.empty() || !call.has_arguments);
    if (!owes_arguments) continue;
    const std::string name = wire::unescaped(call.name);
    const std::string plain = wire::unescaped(std::exchange(call.pending, {}));
    static const ToolSchemas kNoTools;
    const ToolSchemas& tools = tools_ != nullptr ? *tools_ : kNoTools;
    const std::string repaired = wire::escaped(tools.repaired_arguments(name, plain));
    call.has_arguments = true;
    sink({.index = call.index, .id = {}, .name = {}, .arguments = repaired});
  }
}

}  // namespace freellm::chat
