#include "core/faults.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace simulator {
namespace {

constexpr auto kKinds = std::to_array<std::string_view>(
    {// before or instead of an answer
     "close_before_head", "reset_before_head", "stall_before_head", "garbage", "huge_header",
     // after the head
     "close_after_head", "reset_after_head", "stall_after_head", "truncated_body", "slow_drip",
     "split",
     // amid a stream
     "cut_mid_stream", "reset_mid_stream", "stall_mid_stream", "cut_mid_utf8", "sse_error", "hold",
     "malformed_event", "no_done", "no_finish", "usage", "finish_reason", "repeat_role",
     "calls_share_index", "no_call_ids",
     // another answer
     "status", "error", "rate_limit", "error_in_200", "html", "content_type", "pending",
     "failed_generation", "not_streamed", "blocked_prompt",
     // another turn
     "empty_answer", "reasoning_only", "think_tags", "tool_text", "text", "latency",
     "tokens_per_second"});

bool matches(const Fault& fault, const Occasion& occasion) {
  if (fault.only_chat && !occasion.is_chat) return false;
  if (!fault.platform.empty() && fault.platform != occasion.platform) return false;
  if (!fault.model.empty() && fault.model != occasion.model) return false;
  return fault.key_tail.empty() || occasion.key.ends_with(fault.key_tail);
}

}  // namespace

std::uint64_t FaultBook::add(const Json& spec) {
  if (!spec.is_object()) throw std::invalid_argument("a fault is a JSON object");
  Fault fault;
  fault.kind = spec.value("kind", "");
  if (std::find(kKinds.begin(), kKinds.end(), fault.kind) == kKinds.end())
    throw std::invalid_argument("unknown fault kind \"" + fault.kind + "\"");
  fault.id = ++last_id_;
  fault.spec = spec;
  const auto selector = [&spec](const char* name) {
    auto value = spec.value(name, "");
    return value == "*" ? std::string{} : value;
  };
  fault.platform = selector("platform");
  fault.model = selector("model");
  fault.key_tail = selector("key");
  fault.only_chat = spec.value("only_chat", true);
  fault.skip = spec.value("skip", 0);
  fault.times = spec.value("times", -1);
  fault.probability = spec.value("probability", 1.0);
  fault.random.seed(spec.value("seed", 1U));
  faults_.push_back(std::move(fault));
  return last_id_;
}

bool FaultBook::remove(std::uint64_t id) {
  return std::erase_if(faults_, [id](const Fault& fault) { return fault.id == id; }) > 0;
}

std::vector<const Fault*> FaultBook::take(const Occasion& occasion) {
  spent_.clear();
  std::vector<const Fault*> due;
  for (auto at = faults_.begin(); at != faults_.end();) {
    auto& fault = *at;
    const auto here = at++;
    if (!matches(fault, occasion)) continue;
    if (fault.skip > 0) {
      --fault.skip;
      continue;
    }
    std::uniform_real_distribution<double> dice;
    if (fault.probability < 1 && dice(fault.random) >= fault.probability) continue;
    ++fault.hits;
    due.push_back(&fault);
    if (fault.times > 0 && --fault.times == 0) spent_.splice(spent_.end(), faults_, here);
  }
  return due;
}

Json FaultBook::to_json() const {
  Json list = Json::array();
  for (const auto& fault : faults_) {
    auto entry = fault.spec;
    entry["id"] = fault.id;
    entry["hits"] = fault.hits;
    entry["times_left"] = fault.times;
    list.push_back(std::move(entry));
  }
  return list;
}

const Fault* find_fault(const Faults& faults, std::string_view kind) {
  for (const auto* fault : faults)
    if (fault->kind == kind) return fault;
  return nullptr;
}

}  // namespace simulator
