#pragma once
// Small worlds for the routing tests: a table built in a few lines, and a router with a hand-moved
// clock.

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "freellm/base/clock.hpp"
#include "freellm/catalog/route_table.hpp"
#include "freellm/routing/router.hpp"

namespace freellm::routing::testing {

using namespace std::chrono_literals;
using catalog::DayReset;
using catalog::Limit;
using chat::FailureClass;
using chat::LimitMetric;
using chat::LimitWindow;
using chat::Scope;

inline Limit rpm(std::int64_t count, Scope scope = Scope::model_key) {
  return {.metric = LimitMetric::requests,
          .window = LimitWindow::minute,
          .count = count,
          .scope = scope};
}
inline Limit rpd(std::int64_t count, DayReset reset = DayReset::sliding,
                 Scope scope = Scope::model_key) {
  return {.metric = LimitMetric::requests,
          .window = LimitWindow::day,
          .count = count,
          .scope = scope,
          .reset = reset};
}
inline Limit tpm(std::int64_t count, Scope scope = Scope::model_key) {
  return {
      .metric = LimitMetric::tokens, .window = LimitWindow::minute, .count = count, .scope = scope};
}
inline Limit tpd(std::int64_t count, DayReset reset = DayReset::sliding) {
  return {
      .metric = LimitMetric::tokens, .window = LimitWindow::day, .count = count, .reset = reset};
}
inline Limit in_flight(std::int64_t count, Scope scope = Scope::key) {
  return {.metric = LimitMetric::concurrency,
          .window = LimitWindow::minute,
          .count = count,
          .scope = scope};
}

/// Collects a catalog; ids are handed out from 1 in the order of the calls, keys of platform p are
/// p*100+1, ...
class World {
 public:
  struct PlatformSpec {
    int keys = 1;
    std::vector<Limit> limits = {};
    bool keyless = false;
    bool custom = false;
    bool enabled = true;
  };
  struct ModelSpec {
    std::vector<Limit> limits = {};
    std::int64_t window = 0;
    catalog::Capabilities can = {
        .tools = true, .vision = true, .reasoning = true, .json_schema = true};
    std::string logical = {};
    bool enabled = true;
    int intelligence = 0;
    int speed = 0;
  };

  PlatformId platform(const std::string& slug, const PlatformSpec& spec);
  PlatformId platform(const std::string& slug) { return platform(slug, PlatformSpec{}); }
  /// Appended to the fallback order.
  ModelId model(PlatformId platform, const std::string& upstream_id, const ModelSpec& spec);
  ModelId model(PlatformId platform, const std::string& upstream_id) {
    return model(platform, upstream_id, ModelSpec{});
  }
  [[nodiscard]] std::shared_ptr<const catalog::RouteTable> table() const;

  std::vector<catalog::Platform> platforms;
  std::vector<catalog::Model> models;
  std::vector<catalog::ProviderKey> keys;
  std::vector<std::pair<std::string, std::string>> aliases;
};

inline KeyId key_of(PlatformId platform, int number = 1) {
  return KeyId{platform.value * 100 + number};
}

/// Keeps everything the router journalled.
class Memory final : public LedgerJournal {
 public:
  void on_booking(const BookingEntry& entry) override { kept.bookings.push_back(entry); }
  void on_settlement(const SettlementEntry& entry) override { kept.settlements.push_back(entry); }
  void on_cooldown(const CooldownEntry& entry) override { kept.cooldowns.push_back(entry); }
  void on_learned(const LearnedEntry& entry) override { kept.learned.push_back(entry); }
  void on_penalty(const PenaltyEntry& entry) override { kept.penalties.push_back(entry); }
  JournalReplay kept;
};

/// A router over a world. Bookings count from the instant they are made unless a test says
/// otherwise, so that windows can be read off the clock.
class Bench {
 public:
  explicit Bench(const World& world, RoutingOptions options = plain_options(),
                 LedgerJournal* journal = nullptr,
                 WallTime start = WallTime{std::chrono::seconds{1'760'000'000}})
      : clock(start), router(journal, clock.now()), index(router.attach(world.table(), options)) {}

  static RoutingOptions plain_options() {
    RoutingOptions options;
    options.dispatch_allowance = 0ms;
    options.arrival_guard = 0ms;
    return options;
  }
  [[nodiscard]] static RequestFacts ask(std::string_view selector = "auto",
                                        std::int64_t prompt = 100, std::int64_t output = 100) {
    RequestFacts facts;
    facts.selector = selector;
    facts.needs.prompt_tokens = prompt;
    facts.needs.output_tokens = output;
    return facts;
  }
  [[nodiscard]] AttemptPlanner begin(const RequestFacts& facts = ask()) {
    return router.begin(index, facts, clock.now());
  }
  /// Serves one request; nullopt when it was refused.
  std::optional<Attempt> serve(const RequestFacts& facts = ask(), std::int64_t used_tokens = 0);
  /// Refused requests only: what the client was told.
  Error refusal(const RequestFacts& facts = ask());

  ManualClock clock;
  Router router;
  std::shared_ptr<const RouteIndex> index;
};

inline chat::Usage used(std::int64_t tokens) {
  return {.prompt_tokens = tokens / 2,
          .completion_tokens = tokens - tokens / 2,
          .total_tokens = tokens};
}

inline chat::UpstreamFailure failure(FailureClass kind, Scope scope = Scope::model_key,
                                     int status = 0, std::optional<Millis> retry_after = {}) {
  chat::UpstreamFailure out;
  out.failure = kind;
  out.scope = scope;
  out.http_status = status;
  out.retry_after = retry_after;
  out.message = "the provider's words";
  return out;
}

/// The step as an attempt; a null `platform` when it is something else.
inline Attempt attempt_of(const Step& step) {
  const auto* attempt = std::get_if<Attempt>(&step);
  return attempt == nullptr ? Attempt{} : *attempt;
}
inline std::string model_of(const Step& step) {
  const auto attempt = attempt_of(step);
  return attempt.model == nullptr ? "-" : attempt.model->upstream_id;
}
inline Error error_of(const Step& step) {
  const auto* refused = std::get_if<GiveUp>(&step);
  return refused == nullptr ? Error{} : refused->error;
}

}  // namespace freellm::routing::testing
