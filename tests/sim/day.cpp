#include "sim/day.hpp"

#include <algorithm>

#include "sim/day_run.hpp"

namespace freellm::sim {

using namespace std::chrono_literals;
using chat::FailureClass;
using chat::Scope;

namespace {

constexpr Span kDayLength = 24h;
constexpr Span kTimeOut = 30s;
constexpr Span kLull = 45min;
// Of the day that starts at Day::kWall, 04:00 UTC.
constexpr Span kPacificMidnight = 4h;
constexpr Span kUtcMidnight = 20h;

}  // namespace

Day::Day(std::uint64_t seed)
    : random_(seed * 7919 + 1), world_(make_world(random_)), truth_(*world_.table) {
  router_.emplace(&journal_, process_now());
  index_ = router_->attach(world_.table, routing::RoutingOptions{});
  for (const auto& candidate : truth_.candidates()) {
    for (const auto* counter : truth_.counters(candidate))
      phantoms_.try_emplace(counter, counter->limit());
  }
}

void Day::schedule(Span at, What what, int request, int generation) {
  events_.push({at, next_order_++, what, request, generation});
}

void Day::plan_day() {
  for (Span at = 0s; at < kDayLength;) {
    plan_burst(at);
    // In the thick of it, when leases are open.
    if (chance(0.03)) schedule(at + random_span(100ms, 10s), What::kill);
    at += chance(0.15) ? random_span(50min, 2h) : random_span(10s, 15min);
  }
  if (chance(0.4)) plan_clock_steps(chance(0.5) ? kPacificMidnight : kUtcMidnight);
}

/// The wall clock is set back over a midnight that it had already passed.
void Day::plan_clock_steps(Span midnight) {
  const Span back = midnight + random_span(10s, 3min);
  plan_burst(midnight - 3min);
  schedule(back, What::set_clock_back);
  plan_burst(back + 1s);
  schedule(back + random_span(10min, 4h), What::set_clock_right);
}

void Day::plan_burst(Span at) {
  const auto size = 1 + random_.below(chance(0.3) ? 80 : 12);
  const Span step = random_span(50ms, 4s);
  for (std::uint64_t i = 0; i < size; ++i) {
    Request request;
    const auto& models = world_.table->models();
    request.selector = chance(0.9) ? "auto" : models[random_.below(models.size())].upstream_id;
    request.prompt = 20 + static_cast<std::int64_t>(random_.below(1'500));
    request.output = chance(0.2) ? 2'000 : 1'000;
    request.actual =
        request.prompt +
        static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(request.output)));
    request.malformed = chance(0.01);
    if (chance(0.1)) request.max_wait = 20s;
    requests_.push_back(std::move(request));
    const int index = static_cast<int>(requests_.size()) - 1;
    schedule(at, What::client, index);
    if (chance(0.03)) schedule(at + random_span(100ms, 10s), What::leave, index);
    at += step;
  }
  // Once everything has ended and the minute is not yet over, one more: its Retry-After can be
  // judged exactly.
  Request straggler;
  straggler.selector = chance(0.5) ? "auto" : world_.table->models()[0].upstream_id;
  straggler.prompt = 1'000;
  straggler.output = 1'000;
  straggler.actual = 1'500;
  requests_.push_back(std::move(straggler));
  schedule(at + random_span(10s, 40s), What::client, static_cast<int>(requests_.size()) - 1);
}

Report Day::run() {
  plan_day();
  while (!events_.empty()) {
    const Event event = events_.top();
    events_.pop();
    at_ = event.at;
    handle(event);
  }
  return report_;
}

void Day::handle(const Event& event) {
  switch (event.what) {
    case What::kill:
      return on_kill();
    case What::set_clock_back:
      lag_ = random_span(4min, 10min);
      clock_was_set_ = true;
      return;
    case What::set_clock_right:
      lag_ = 0s;
      return;
    default:
      break;
  }
  Request& request = requests_[static_cast<std::size_t>(event.request)];
  if (event.what == What::client) return on_client(request);
  if (event.what == What::leave) return on_leave(request);
  if (event.generation != request.generation) return;
  if (event.what == What::send) on_send(request);
  if (event.what == What::reach) on_reach(request);
  if (event.what == What::answer) on_answer(request);
  if (event.what == What::wake) proceed(request);
}

routing::RequestFacts Day::facts_of(const Request& request) const {
  auto facts = routing::testing::Bench::ask(request.selector, request.prompt, request.output);
  if (request.max_wait > 0ms) facts.max_wait = request.max_wait;
  return facts;
}

void Day::on_client(Request& request) {
  ++report_.requests;
  request.began = at_;
  request.after_lull =
      open_.empty() && at_ - last_event_ > kLull && at_ - last_failure_ > kLull && lag_ == 0s;
  last_event_ = at_;
  request.planner.emplace(router_->begin(index_, facts_of(request), process_now()));
  open_.insert(index_of(request));
  proceed(request);
}

void Day::proceed(Request& request) {
  ++request.generation;
  request.is_waiting = false;
  const auto step = request.planner->next(process_now());
  if (const auto* attempt = std::get_if<routing::Attempt>(&step))
    return begin_attempt(request, *attempt);
  if (const auto* wait = std::get_if<routing::Wait>(&step)) {
    request.is_waiting = true;
    return schedule(wait->until - kSteady, What::wake, index_of(request), request.generation);
  }
  judge_refusal(request, std::get<routing::GiveUp>(step).error);
  drop(request);
}

void Day::begin_attempt(Request& request, const routing::Attempt& attempt) {
  ++report_.attempts;
  ++request.attempts;
  request.candidate = attempt.candidate;
  request.is_active = true;
  request.is_sent = request.has_reached = request.is_running = false;
  request.answer = {};
  judge_first_choice(request, attempt);
  const bool slow_connect = chance(0.03);
  const Span connect = slow_connect ? random_span(1s, 11s) : random_span(1ms, 50ms);
  if (chance(world_.tempers.at(attempt.candidate.platform).refuses_connection)) {
    request.answer.failure =
        routing::testing::failure(FailureClass::connect_failed, Scope::platform);
    return schedule(at_ + connect, What::answer, index_of(request), request.generation);
  }
  schedule(at_ + connect, What::send, index_of(request), request.generation);
}

void Day::on_send(Request& request) {
  request.planner->sent(process_now());
  request.is_sent = true;
  schedule(at_ + random_span(1ms, 200ms), What::reach, index_of(request), request.generation);
}

std::optional<chat::UpstreamFailure> Day::hidden_refusal(const Request& request) {
  const Temper& temper = world_.tempers.at(request.candidate.platform);
  if (temper.hidden_rpm == 0) return std::nullopt;
  auto& accepted = lanes_[request.candidate].accepted;
  const SteadyTime now = kSteady + at_;
  while (!accepted.empty() && accepted.front() + 60s <= now) accepted.pop_front();
  if (static_cast<std::int64_t>(accepted.size()) < temper.hidden_rpm) {
    accepted.push_back(now);
    return std::nullopt;
  }
  auto refusal = routing::testing::failure(FailureClass::rate_limited, Scope::model_key, 429);
  if (temper.states_retry_after) {
    refusal.retry_after = std::chrono::ceil<Millis>(accepted.front() + 60s - now);
  }
  return refusal;
}

Day::Answer Day::decide(Request& request) {
  using routing::testing::failure;
  if (request.malformed) return {failure(FailureClass::bad_request, Scope::request, 400), 0};
  if (auto refusal = hidden_refusal(request)) return {std::move(refusal), 0};
  const Temper& temper = world_.tempers.at(request.candidate.platform);
  if (chance(temper.breaks))
    return {failure(FailureClass::provider_error, Scope::platform, 503), 0};
  if (chance(temper.cuts))
    return {failure(FailureClass::provider_error, Scope::platform, 200), request.prompt};
  if (chance(temper.stalls))
    return {failure(FailureClass::timed_out, Scope::model), request.prompt};
  return {std::nullopt, request.actual};
}

void Day::on_reach(Request& request) {
  judge_arrival(request);
  request.has_reached = true;
  request.answer = decide(request);
  // Every request counts, the refused ones too; tokens only where the model worked.
  for (auto* counter : truth_.counters(request.candidate)) {
    counter->add(truth_now(), amount_in(counter->limit(), 1, request.answer.true_tokens));
    counter->start();
  }
  request.is_running = true;
  Span takes = random_span(200ms, 20s);
  if (request.answer.failure) {
    takes = request.answer.failure->failure == FailureClass::timed_out ? kTimeOut
                                                                       : random_span(20ms, 800ms);
  }
  schedule(at_ + takes, What::answer, index_of(request), request.generation);
}

void Day::end_at_platform(Request& request) {
  if (request.is_running) {
    for (auto* counter : truth_.counters(request.candidate)) counter->finish();
  }
  request.is_running = request.is_active = false;
}

void Day::on_answer(Request& request) {
  end_at_platform(request);
  if (!request.answer.failure) {
    ++report_.served;
    request.planner->succeeded(routing::testing::used(request.actual), {}, process_now());
    return drop(request);
  }
  const auto& failure = *request.answer.failure;
  ++report_.failed_attempts;
  if (failure.failure != FailureClass::bad_request) last_failure_ = at_;
  request.planner->failed(failure, {}, process_now());
  request.failures.emplace_back(request.candidate, failure.failure);
  const bool charged_in_full = failure.http_status < 400 && request.is_sent;
  for (const auto* counter : truth_.counters(request.candidate)) {
    const auto extra = charged_in_full ? request.need() - request.answer.true_tokens : 0;
    phantoms_.at(counter).add(truth_now(), amount_in(counter->limit(), 0, extra));
  }
  if (failure.failure == FailureClass::rate_limited) {
    Lane& lane = lanes_[request.candidate];
    if (failure.retry_after) lane.stated_until = kSteady + at_ + *failure.retry_after;
    lane.trouble_until = kSteady + at_ + 10min + 1s;
  }
  proceed(request);
}

/// A request whose sender is gone still reaches the platform when it was on the wire.
void Day::arrive_orphaned(const Request& request) {
  judge_arrival(request);
  for (auto* counter : truth_.counters(request.candidate)) {
    counter->add(truth_now(), amount_in(counter->limit(), 1, request.actual));
  }
}

void Day::on_leave(Request& request) {
  if (!request.planner) return;
  ++report_.client_left;
  request.planner->client_gone(process_now());
  if (request.is_active && request.is_sent) {
    for (const auto* counter : truth_.counters(request.candidate)) {
      phantoms_.at(counter).add(truth_now(), amount_in(counter->limit(), 0, request.need()));
    }
    if (!request.has_reached) arrive_orphaned(request);
  }
  end_at_platform(request);
  drop(request);
}

void Day::on_kill() {
  ++report_.restarts;
  was_confused_ = was_confused_ || lag_ > 0s;
  last_failure_ = at_;
  for (const int open : open_) {
    Request& request = requests_[static_cast<std::size_t>(open)];
    if (request.is_active) {
      for (const auto* counter : truth_.counters(request.candidate)) {
        phantoms_.at(counter).add(truth_now(), amount_in(counter->limit(), 1, request.need()));
      }
      if (request.is_sent && !request.has_reached) arrive_orphaned(request);
    }
    end_at_platform(request);
    request.planner.reset();
    ++request.generation;
  }
  open_.clear();
  index_.reset();
  router_.emplace(&journal_, process_now());
  index_ = router_->attach(world_.table, routing::RoutingOptions{});
  router_->replay(journal_.kept, process_now());
}

void Day::drop(Request& request) {
  request.planner.reset();
  ++request.generation;
  request.is_waiting = false;
  open_.erase(index_of(request));
  last_event_ = at_;
}

Report simulate_day(std::uint64_t seed) { return Day{seed}.run(); }

}  // namespace freellm::sim
