// The invariants. Everything here looks at the truth, at what was put in and at what came out;
// never at the router's own state.
#include <algorithm>
#include <sstream>

#include "sim/day_run.hpp"

namespace freellm::sim {

using namespace std::chrono_literals;
using chat::FailureClass;

namespace {

// How much longer than the truth the ledger may rightly hold on: a counting slot, the time a
// request may take to arrive, and (after a kill, when nobody saw "sent") the whole dispatch
// allowance.
Span hold_of(const catalog::Limit& limit) {
  const Span slot = limit.window == catalog::LimitWindow::day    ? 5min
                    : limit.window == catalog::LimitWindow::hour ? 30s
                                                                 : 500ms;
  return slot + 13s;
}

// The same for a ledger that saw everything: no kill, nothing under way.
Span exact_hold_of(const catalog::Limit& limit) {
  const bool calendar =
      limit.window == catalog::LimitWindow::day && limit.reset != catalog::DayReset::sliding;
  const Span slot = calendar                                    ? Span{0}
                    : limit.window == catalog::LimitWindow::day ? Span{5min}
                                                                : Span{500ms};
  return slot + 260ms;
}

bool is_platform_wide(FailureClass failure) {
  return failure == FailureClass::connect_failed || failure == FailureClass::provider_error ||
         failure == FailureClass::timed_out;
}

std::int64_t booked_in(const catalog::Limit& limit, std::int64_t prompt, std::int64_t output) {
  return amount_in(limit, 1, std::min(prompt + output, std::max(prompt, limit.count)));
}

}  // namespace

const char* name_of(Invariant invariant) {
  static constexpr std::array<const char*, kInvariants> kNames = {
      "no_overrun",        "no_false_refusal",  "right_retry_after",
      "top_route_returns", "stated_times_hold", "client_fault_shown"};
  return kNames[static_cast<std::size_t>(invariant)];
}

int Report::total_breaches() const {
  int sum = 0;
  for (const int count : breaches) sum += count;
  return sum;
}

void Report::merge(const Report& other) {
  requests += other.requests;
  served += other.served;
  refused += other.refused;
  refused_checked_exactly += other.refused_checked_exactly;
  client_faults += other.client_faults;
  client_left += other.client_left;
  attempts += other.attempts;
  failed_attempts += other.failed_attempts;
  restarts += other.restarts;
  lulls_checked += other.lulls_checked;
  for (std::size_t i = 0; i < breaches.size(); ++i) breaches[i] += other.breaches[i];
  for (const auto& text : other.first_breaches) {
    if (first_breaches.size() < 5) first_breaches.push_back(text);
  }
}

void Day::breach(Invariant invariant, const std::string& what) {
  ++report_.breaches[static_cast<std::size_t>(invariant)];
  if (report_.first_breaches.size() >= 5) return;
  std::ostringstream text;
  text << name_of(invariant) << " at " << std::chrono::duration<double>(at_).count()
       << " s: " << what;
  report_.first_breaches.push_back(text.str());
}

void Day::judge_arrival(const Request& request) {
  for (const auto* counter : truth_.counters(request.candidate)) {
    const auto& limit = counter->limit();
    const bool concurrency = limit.metric == catalog::LimitMetric::concurrency;
    const std::int64_t here = concurrency ? 1 : amount_in(limit, 1, request.actual);
    const std::int64_t before = concurrency ? counter->running() : counter->used(truth_now());
    if (before + here <= limit.count) continue;
    breach(Invariant::no_overrun, routing::short_name(limit.metric, limit.window) + " " +
                                      std::to_string(before) + "+" + std::to_string(here) + "/" +
                                      std::to_string(limit.count));
  }
}

bool Day::is_selected(const Request& request, const Candidate& candidate) const {
  return request.selector == "auto" ||
         world_.table->model(candidate.model)->upstream_id == request.selector;
}

/// The most a correct ledger may hold against this counter now.
std::int64_t Day::ledger_at_most(const TrueCounter& counter) const {
  const auto& limit = counter.limit();
  const bool concurrency = limit.metric == catalog::LimitMetric::concurrency;
  const Now now = truth_now();
  const Now lagging{now.steady, now.wall - lag_};
  const Span hold = hold_of(limit);
  const auto& phantom = phantoms_.at(&counter);
  std::int64_t held = concurrency
                          ? 0
                          : std::max(counter.used(now, hold), counter.used(lagging, hold)) +
                                std::max(phantom.used(now, hold), phantom.used(lagging, hold));
  for (const int open : open_) {
    const Request& other = requests_[static_cast<std::size_t>(open)];
    if (other.is_waiting) {
      held += concurrency ? 1 : booked_in(limit, other.prompt, other.output);
      continue;
    }
    if (!other.is_active) continue;
    const auto& touched = truth_.counters(other.candidate);
    if (std::find(touched.begin(), touched.end(), &counter) == touched.end()) continue;
    const auto booked = concurrency ? 1 : booked_in(limit, other.prompt, other.output);
    const auto counted = other.has_reached ? amount_in(limit, 1, other.answer.true_tokens) : 0;
    held += booked - (concurrency ? 0 : counted);
  }
  return held;
}

bool Day::is_busy(const Request& request, const Candidate& candidate) const {
  for (const auto* counter : truth_.counters(candidate)) {
    const auto& limit = counter->limit();
    const bool concurrency = limit.metric == catalog::LimitMetric::concurrency;
    const auto needs = concurrency ? 1 : booked_in(limit, request.prompt, request.output);
    if (needs == 0 && !concurrency) continue;
    if (ledger_at_most(*counter) + needs > limit.count) return true;
  }
  return false;
}

bool Day::is_in_trouble(const Request& request, const Candidate& candidate) const {
  for (const auto& [tried, failure] : request.failures) {
    if (is_platform_wide(failure) && tried.platform == candidate.platform) return true;
    if (failure == FailureClass::rate_limited && tried == candidate) return true;
  }
  const auto lane = lanes_.find(candidate);
  return lane != lanes_.end() && lane->second.trouble_until > kSteady + at_;
}

void Day::judge_refusal(const Request& request, const Error& error) {
  const auto is = [&](FailureClass kind) {
    return [kind](const auto& failed) { return failed.second == kind; };
  };
  const auto& failures = request.failures;
  if (std::any_of(failures.begin(), failures.end(), is(FailureClass::bad_request))) {
    ++report_.client_faults;
    // A breakdown elsewhere leaves open whose fault it was.
    const bool is_clear =
        std::all_of(failures.begin(), failures.end(), is(FailureClass::bad_request));
    if (is_clear && error.http_status != 400) {
      breach(Invariant::client_fault_shown, "answered " + std::to_string(error.http_status));
    }
    return;
  }
  ++report_.refused;
  // Killed while its clock was behind, a process reads minutes that have passed as the present one.
  const bool budget_spent = at_ >= request.began + 180s || request.attempts >= 20 || was_confused_;
  for (const auto& candidate : truth_.candidates()) {
    if (budget_spent || !is_selected(request, candidate)) continue;
    if (is_in_trouble(request, candidate) || is_busy(request, candidate)) continue;
    breach(Invariant::no_false_refusal,
           world_.table->model(candidate.model)->upstream_id + " could have served; said " +
               std::to_string(error.http_status) + " " + error.message);
    break;
  }
  judge_retry_after(request, error);
}

/// Nothing is under way and the clocks agree.
bool Day::is_quiet(const Request& request) const {
  // A process that was killed after the clock had been set back knows the past only as it was
  // written down.
  const bool remembers = !clock_was_set_ || report_.restarts == 0;
  return open_.size() == 1 && lag_ == Span{0} && remembers && request.attempts == 0;
}

/// The ledger holds nothing against the candidate but what its platform counted too.
bool Day::is_exact(const Request& request, const Candidate& candidate) const {
  if (is_in_trouble(request, candidate)) return false;
  const auto& counters = truth_.counters(candidate);
  return std::all_of(counters.begin(), counters.end(), [&](const TrueCounter* counter) {
    return phantoms_.at(counter).used(truth_now(), hold_of(counter->limit())) == 0;
  });
}

void Day::judge_retry_after(const Request& request, const Error& error) {
  if (error.http_status != 429) return;
  SteadyTime earliest = SteadyTime::max();
  SteadyTime latest = SteadyTime::max();
  for (const auto& candidate : truth_.candidates()) {
    if (!is_selected(request, candidate)) continue;
    SteadyTime fits = kSteady + at_;
    SteadyTime held = fits;
    for (const auto* counter : truth_.counters(candidate)) {
      const auto& limit = counter->limit();
      const auto at =
          counter->fits_at(truth_now(), booked_in(limit, request.prompt, request.output));
      fits = std::max(fits, at);
      if (at != SteadyTime::max()) held = std::max(held, at + exact_hold_of(limit));
    }
    if (fits == SteadyTime::max()) continue;
    earliest = std::min(earliest, fits);
    if (is_exact(request, candidate)) latest = std::min(latest, held);
  }
  if (earliest == SteadyTime::max()) return;
  if (!error.retry_after) return breach(Invariant::right_retry_after, "none given");
  const SteadyTime said = kSteady + at_ + *error.retry_after;
  const bool judge_latest = is_quiet(request) && latest != SteadyTime::max();
  if (judge_latest) ++report_.refused_checked_exactly;
  const auto seconds = [&](SteadyTime at) {
    return std::to_string(std::chrono::duration<double>(at - kSteady - at_).count());
  };
  if (said < earliest || (judge_latest && said > latest + 2ms)) {
    breach(Invariant::right_retry_after,
           "said " + seconds(said) + " s, true " + seconds(earliest) + " to " + seconds(latest));
  }
}

void Day::judge_first_choice(const Request& request, const routing::Attempt& attempt) {
  const auto lane = lanes_.find(attempt.candidate);
  if (lane != lanes_.end() && lane->second.stated_until > kSteady + at_) {
    breach(Invariant::stated_times_hold, "sent before the stated time was over");
  }
  if (!request.after_lull || request.attempts != 1 || request.selector != "auto") return;
  ++report_.lulls_checked;
  for (const auto& model : world_.table->models()) {
    if (model.id == attempt.candidate.model) return;
    for (const auto& candidate : truth_.candidates()) {
      if (candidate.model != model.id || is_busy(request, candidate)) continue;
      return breach(Invariant::top_route_returns, attempt.model->upstream_id + " was taken while " +
                                                      model.upstream_id + " was free");
    }
  }
}

}  // namespace freellm::sim
