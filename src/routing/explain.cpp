#include "freellm/routing/explain.hpp"

#include <algorithm>
#include <ctime>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "planner_state.hpp"
#include "route_index.hpp"

namespace freellm::routing {
namespace {

using nlohmann::ordered_json;
using std::chrono::microseconds;

constexpr std::size_t kMaxTrail = 1024;

double to_ms(microseconds span) { return static_cast<double>(span.count()) / 1e3; }

/// RFC 3339, milliseconds, UTC.
std::string timestamp(WallTime at) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(at);
  const auto ms = std::chrono::duration_cast<Millis>(at - whole).count();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(whole);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[40];
  const auto size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  std::string millis = std::to_string(1000 + ms);
  millis[0] = '.';
  return std::string(text, size) + millis + "Z";
}

std::string slug_of(const RouteIndex& index, PlatformId id) {
  const auto* platform = index.table()->platform(id);
  return platform == nullptr ? "platform-" + std::to_string(id.value) : platform->slug;
}

std::string model_of(const RouteIndex& index, ModelId id) {
  const auto* model = index.table()->model(id);
  return model == nullptr ? "model-" + std::to_string(id.value) : model->upstream_id;
}

ordered_json verdict_json(const ExplainRecord& record, const Verdict& verdict) {
  ordered_json out{{"verdict", to_string(verdict.kind)},
                   {"reason", describe(verdict, record.decided_at)}};
  const bool counted =
      verdict.kind == VerdictKind::quota || verdict.kind == VerdictKind::request_too_big;
  if (counted) {
    out["limit"] = {{"metric", short_name(verdict.metric, verdict.window)},
                    {"scope", chat::to_string(verdict.scope)},
                    {"used", verdict.used},
                    {"wanted", verdict.wanted},
                    {"count", verdict.limit},
                    {"stated_by_provider", verdict.stated}};
  }
  if (verdict.kind == VerdictKind::cooling_down) {
    out["cooldown"] = {{"cause", chat::to_string(verdict.cause)},
                       {"scope", chat::to_string(verdict.scope)},
                       {"stated_by_provider", verdict.stated}};
  }
  const bool later = verdict.free_at > record.decided_at && verdict.free_at != SteadyTime::max();
  if (later && verdict.kind != VerdictKind::admitted && verdict.kind != VerdictKind::not_needed) {
    out["free_in_ms"] = std::chrono::ceil<Millis>(verdict.free_at - record.decided_at).count();
    out["certain"] = verdict.certain;
  }
  return out;
}

ordered_json terms_json(const RankTerms& terms, Strategy strategy) {
  ordered_json out{
      {"position", terms.position}, {"penalty", terms.penalty}, {"sticky", terms.sticky}};
  if (strategy != Strategy::priority) {
    out["success"] = terms.success;
    out["speed"] = terms.speed;
    out["latency"] = terms.latency;
    out["intelligence"] = terms.intelligence;
  }
  out["score"] = terms.score;
  return out;
}

ordered_json attempt_json(const ExplainRecord& record, const AttemptRecord& attempt) {
  const RouteIndex& index = *record.index;
  ordered_json out{{"platform", slug_of(index, attempt.candidate.platform)},
                   {"model", model_of(index, attempt.candidate.model)},
                   {"key", attempt.candidate.key.value},
                   {"started", timestamp(attempt.started)},
                   {"started_after_ms", to_ms(attempt.started_after)},
                   {"outcome", !attempt.concluded ? "running"
                               : attempt.served   ? "served"
                                                  : chat::to_string(attempt.failure)},
                   {"booked_tokens", attempt.booked_tokens}};
  if (attempt.concluded) out["duration_ms"] = to_ms(attempt.duration);
  if (attempt.first_token) out["first_token_ms"] = to_ms(*attempt.first_token);
  if (attempt.http_status != 0) out["status"] = attempt.http_status;
  if (attempt.probe) out["probe"] = true;
  if (attempt.last_resort) out["last_resort"] = true;
  if (!attempt.message.empty()) out["message"] = attempt.message;
  return out;
}

/// Candidates in the order they were ranked, then what was filtered out, then what nobody needed to
/// look at.
class CandidateList {
 public:
  CandidateList(const ExplainRecord& record, std::size_t max)
      : record_(record), index_(*record.index), max_(max) {}

  ordered_json build() {
    std::vector<std::uint32_t> selected = record_.selected;
    if (selected.empty()) {
      selected.resize(index_.models().size());
      std::iota(selected.begin(), selected.end(), 0U);
    }
    for (const auto& row : record_.considered) rows_[row.model].push_back(&row);
    for (const auto& [model, terms] : record_.order) add_considered(model, terms);
    const auto& needs = record_.needs;
    for (const auto model : selected) {
      if (rows_.contains(model)) continue;
      add_unasked(model, RouteIndex::static_verdict(index_.models()[model], needs,
                                                    needs.prompt_tokens + needs.output_tokens));
    }
    return std::move(list_);
  }
  [[nodiscard]] std::size_t left_out() const { return left_out_; }

 private:
  ordered_json* add(std::uint32_t model) {
    if (list_.size() >= max_) {
      ++left_out_;
      return nullptr;
    }
    const auto& entry = index_.models()[model];
    list_.push_back({{"platform", entry.platform == nullptr ? "?" : entry.platform->slug},
                     {"model", entry.model->upstream_id}});
    return &list_.back();
  }

  void add_considered(std::uint32_t model, const RankTerms& terms) {
    const auto found = rows_.find(model);
    if (found == rows_.end()) return;
    for (const auto* row : found->second) {
      auto* out = add(model);
      if (out == nullptr) continue;
      (*out)["key"] = index_.lanes(index_.models()[model])[row->key].key->id.value;
      (*out)["rank"] = terms_json(terms, record_.strategy);
      out->update(verdict_json(record_, row->verdict));
      if (row->last_resort) (*out)["last_resort"] = true;
    }
  }

  void add_unasked(std::uint32_t model, VerdictKind standing) {
    Verdict verdict{.kind = standing == VerdictKind::admitted ? VerdictKind::not_needed : standing};
    verdict.used = record_.needs.prompt_tokens + record_.needs.output_tokens;
    verdict.limit = index_.models()[model].window;
    if (auto* out = add(model)) out->update(verdict_json(record_, verdict));
  }

  const ExplainRecord& record_;
  const RouteIndex& index_;
  std::size_t max_;
  std::size_t left_out_ = 0;
  std::map<std::uint32_t, std::vector<const ConsideredCandidate*>> rows_;
  ordered_json list_ = ordered_json::array();
};

ordered_json outcome_json(const ExplainRecord& record) {
  if (const auto* served = record.served()) {
    return {{"served", true},
            {"platform", slug_of(*record.index, served->candidate.platform)},
            {"model", model_of(*record.index, served->candidate.model)},
            {"key", served->candidate.key.value},
            {"prompt_tokens", record.usage.prompt_tokens},
            {"completion_tokens", record.usage.completion_tokens}};
  }
  ordered_json out{{"served", false}};
  if (record.refusal) {
    out["status"] = record.refusal->http_status;
    out["code"] = record.refusal->code;
    out["message"] = record.refusal->message;
    if (record.retry_at) out["retry_at"] = timestamp(*record.retry_at);
  }
  return out;
}

void append_printable(std::string& out, std::string_view text) {
  for (const char c : text) out += c > 0x20 && c < 0x7f && c != ';' ? c : '_';
}

}  // namespace

std::string to_json(const ExplainRecord& record, std::size_t max_candidates) {
  if (record.index == nullptr) return "{}";
  const auto& needs = record.needs;
  ordered_json out{{"request_id", record.request_id},
                   {"at", timestamp(record.at)},
                   {"model", record.selector},
                   {"strategy", to_string(record.strategy)},
                   {"needs",
                    {{"tools", needs.tools},
                     {"vision", needs.vision},
                     {"json_schema", needs.json_schema},
                     {"prompt_tokens", needs.prompt_tokens},
                     {"output_tokens", needs.output_tokens}}}};
  if (record.sticky) out["sticky_model"] = model_of(*record.index, *record.sticky);
  out["waited_ms"] = to_ms(record.waited);
  out["outcome"] = outcome_json(record);
  out["attempts"] = ordered_json::array();
  for (const auto& attempt : record.attempts)
    out["attempts"].push_back(attempt_json(record, attempt));
  CandidateList candidates{record, max_candidates};
  out["candidates"] = candidates.build();
  if (candidates.left_out() > 0) out["candidates_left_out"] = candidates.left_out();
  return out.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string fallback_trail(const ExplainRecord& record) {
  std::string trail;
  if (record.index == nullptr) return trail;
  for (const auto& attempt : record.attempts) {
    if (attempt.served || !attempt.concluded) continue;
    std::string step;
    append_printable(step, slug_of(*record.index, attempt.candidate.platform) + "/" +
                               model_of(*record.index, attempt.candidate.model));
    step += '=';
    step += chat::to_string(attempt.failure);
    const std::size_t separator = trail.empty() ? 0 : 2;
    if (trail.size() + separator + step.size() > kMaxTrail) break;
    if (separator > 0) trail += "; ";
    trail += step;
  }
  return trail;
}

}  // namespace freellm::routing
