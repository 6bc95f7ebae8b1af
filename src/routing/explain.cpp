#include "freellm/routing/explain.hpp"

#include <algorithm>
#include <ctime>
#include <vector>

#include "json_out.hpp"
#include "planner_state.hpp"
#include "route_index.hpp"

namespace freellm::routing {
namespace {

using detail::JsonOut;
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

void write_verdict(JsonOut& out, const ExplainRecord& record, const Verdict& verdict) {
  out.field("verdict", to_string(verdict.kind));
  out.field("reason", describe(verdict, record.decided_at));
  if (verdict.kind == VerdictKind::quota || verdict.kind == VerdictKind::request_too_big) {
    out.key("limit");
    out.open('{');
    out.field("metric", short_name(verdict.metric, verdict.window));
    out.field("scope", chat::to_string(verdict.scope));
    out.field("used", verdict.used);
    out.field("wanted", verdict.wanted);
    out.field("count", verdict.limit);
    out.field("stated_by_provider", verdict.stated);
    out.close('}');
  }
  if (verdict.kind == VerdictKind::cooling_down) {
    out.key("cooldown");
    out.open('{');
    out.field("cause", chat::to_string(verdict.cause));
    out.field("scope", chat::to_string(verdict.scope));
    out.field("stated_by_provider", verdict.stated);
    out.close('}');
  }
  const bool later = verdict.free_at > record.decided_at && verdict.free_at != SteadyTime::max();
  if (later && verdict.kind != VerdictKind::admitted && verdict.kind != VerdictKind::not_needed) {
    out.field("free_in_ms", std::chrono::ceil<Millis>(verdict.free_at - record.decided_at).count());
    out.field("certain", verdict.certain);
  }
}

void write_terms(JsonOut& out, const RankTerms& terms, Strategy strategy) {
  out.key("rank");
  out.open('{');
  out.field("position", terms.position);
  out.field("penalty", terms.penalty);
  out.field("sticky", terms.sticky);
  if (strategy != Strategy::priority) {
    out.field("success", terms.success);
    out.field("speed", terms.speed);
    out.field("latency", terms.latency);
    out.field("intelligence", terms.intelligence);
  }
  out.field("score", terms.score);
  out.close('}');
}

void write_attempt(JsonOut& out, const ExplainRecord& record, const AttemptRecord& attempt) {
  const RouteIndex& index = *record.index;
  out.open('{');
  out.field("platform", slug_of(index, attempt.candidate.platform));
  out.field("model", model_of(index, attempt.candidate.model));
  out.field("key", attempt.candidate.key.value);
  out.field("started", timestamp(attempt.started));
  out.field("started_after_ms", to_ms(attempt.started_after));
  out.field("outcome", !attempt.concluded ? "running"
                       : attempt.served   ? "served"
                                          : chat::to_string(attempt.failure));
  out.field("booked_tokens", attempt.booked_tokens);
  if (attempt.concluded) out.field("duration_ms", to_ms(attempt.duration));
  if (attempt.first_token) out.field("first_token_ms", to_ms(*attempt.first_token));
  if (attempt.http_status != 0) out.field("status", attempt.http_status);
  if (attempt.probe) out.field("probe", true);
  if (attempt.last_resort) out.field("last_resort", true);
  if (attempt.connect) out.field("connect_ms", to_ms(*attempt.connect));
  if (!attempt.message.empty()) out.field("message", attempt.message);
  if (attempt.retry_after) out.field("retry_after_ms", attempt.retry_after->count());
  if (const auto then = describe(attempt.consequence); !then.empty())
    out.field("consequence", then);
  out.close('}');
}

/// Candidates in the order they were ranked, then what was filtered out or nobody needed to look
/// at.
class CandidateList {
 public:
  CandidateList(JsonOut& out, const ExplainRecord& record, std::size_t max)
      : out_(out), record_(record), index_(*record.index), left_(max) {}

  void write() {
    out_.key("candidates");
    out_.open('[');
    auto row = record_.considered.begin();
    for (const auto& [model, terms] : record_.order) {
      for (; row != record_.considered.end() && row->model == model; ++row)
        write_considered(*row, terms);
    }
    std::vector<bool> seen(index_.models().size());
    for (const auto& considered : record_.considered) seen[considered.model] = true;
    const auto write_rest = [&](std::uint32_t model) {
      if (!seen[model]) write_unasked(model);
    };
    for (const auto model : record_.selected) write_rest(model);
    for (std::uint32_t model = 0; record_.whole_table && model < seen.size(); ++model)
      write_rest(model);
    out_.close(']');
    if (left_out_ > 0) out_.field("candidates_left_out", left_out_);
  }

 private:
  bool begin(std::uint32_t model) {
    if (left_ == 0) {
      ++left_out_;
      return false;
    }
    --left_;
    const auto& entry = index_.models()[model];
    out_.open('{');
    out_.field("platform", entry.platform == nullptr ? std::string_view{"?"}
                                                     : std::string_view{entry.platform->slug});
    out_.field("model", entry.model->upstream_id);
    return true;
  }

  void write_considered(const ConsideredCandidate& row, const RankTerms& terms) {
    if (!begin(row.model)) return;
    out_.field("key", index_.lanes(index_.models()[row.model])[row.key].key->id.value);
    write_terms(out_, terms, record_.strategy);
    write_verdict(out_, record_, row.verdict);
    if (row.last_resort) out_.field("last_resort", true);
    out_.close('}');
  }

  void write_unasked(std::uint32_t model) {
    if (write_failed(model) || !begin(model)) return;
    const auto& needs = record_.needs;
    const std::int64_t tokens = needs.prompt_tokens + needs.output_tokens;
    const auto standing = RouteIndex::static_verdict(index_.models()[model], needs, tokens);
    Verdict verdict{.kind = standing == VerdictKind::admitted ? VerdictKind::not_needed : standing};
    verdict.used = tokens;
    verdict.limit = index_.models()[model].window;
    write_verdict(out_, record_, verdict);
    out_.close('}');
  }

  /// The keys with which the model failed earlier in this request; false when there are none. Its
  /// penalty has put it behind the one that served, so nobody looked at it again.
  bool write_failed(std::uint32_t model) {
    const ModelId id = index_.models()[model].model->id;
    std::vector<KeyId> told;
    for (const auto& attempt : record_.attempts) {
      const KeyId key = attempt.candidate.key;
      if (attempt.candidate.model != id || !attempt.concluded || attempt.served) continue;
      if (std::find(told.begin(), told.end(), key) != told.end()) continue;
      told.push_back(key);
      if (!begin(model)) continue;
      out_.field("key", key.value);
      write_verdict(out_, record_, {.kind = VerdictKind::excluded, .cause = attempt.failure});
      out_.close('}');
    }
    return !told.empty();
  }

  JsonOut& out_;
  const ExplainRecord& record_;
  const RouteIndex& index_;
  std::size_t left_;
  std::size_t left_out_ = 0;
};

void write_needs(JsonOut& out, const chat::RequestNeeds& needs) {
  out.key("needs");
  out.open('{');
  out.field("tools", needs.tools);
  out.field("vision", needs.vision);
  out.field("json_schema", needs.json_schema);
  out.field("prompt_tokens", needs.prompt_tokens);
  out.field("output_tokens", needs.output_tokens);
  out.close('}');
}

void write_outcome(JsonOut& out, const ExplainRecord& record) {
  out.key("outcome");
  out.open('{');
  if (const auto* served = record.served()) {
    out.field("served", true);
    out.field("platform", slug_of(*record.index, served->candidate.platform));
    out.field("model", model_of(*record.index, served->candidate.model));
    out.field("key", served->candidate.key.value);
    out.field("prompt_tokens", record.usage.prompt_tokens);
    out.field("completion_tokens", record.usage.completion_tokens);
  } else {
    out.field("served", false);
    if (record.refusal) {
      out.field("status", record.refusal->http_status);
      out.field("code", record.refusal->code);
      out.field("message", record.refusal->message);
      if (record.retry_at) out.field("retry_at", timestamp(*record.retry_at));
    }
  }
  out.close('}');
}

void append_printable(std::string& out, std::string_view text) {
  for (const char c : text) out += c > 0x20 && c < 0x7f && c != ';' ? c : '_';
}

}  // namespace

std::string to_json(const ExplainRecord& record, std::size_t max_candidates) {
  if (record.index == nullptr) return "{}";
  std::string text;
  text.reserve(1024 + 256 * record.considered.size());
  JsonOut out{text};
  out.open('{');
  out.field("request_id", record.request_id);
  out.field("at", timestamp(record.at));
  out.field("model", record.selector);
  out.field("strategy", to_string(record.strategy));
  write_needs(out, record.needs);
  if (record.sticky) out.field("sticky_model", model_of(*record.index, *record.sticky));
  out.field("waited_ms", to_ms(record.waited));
  if (record.decided_in) out.field("decided_in_ms", to_ms(*record.decided_in));
  if (record.overhead) out.field("overhead_ms", to_ms(*record.overhead));
  write_outcome(out, record);
  out.key("attempts");
  out.open('[');
  for (const auto& attempt : record.attempts) write_attempt(out, record, attempt);
  out.close(']');
  CandidateList{out, record, max_candidates}.write();
  out.close('}');
  return text;
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
