// What the router knows, through the database, into a second life.
#include "app/quota_journal.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "freellm/base/clock.hpp"
#include "freellm/routing/router.hpp"

namespace freellm::app {
namespace {

using namespace std::chrono_literals;
using chat::FailureClass;
using chat::Scope;

const WallTime kNoon{std::chrono::seconds{1'760'011'200}};
constexpr PlatformId kPlatform{1};
constexpr ModelId kModel{1};
constexpr KeyId kKey{7};

std::shared_ptr<const catalog::RouteTable> small_table() {
  catalog::Platform platform;
  platform.id = kPlatform;
  platform.slug = "alpha";
  catalog::Model model;
  model.id = kModel;
  model.platform = kPlatform;
  model.upstream_id = model.logical_name = "small";
  model.limits = {
      {.metric = chat::LimitMetric::requests, .window = chat::LimitWindow::minute, .count = 30}};
  catalog::ProviderKey key;
  key.id = kKey;
  key.platform = kPlatform;
  key.state = catalog::KeyState::valid;
  return std::make_shared<const catalog::RouteTable>(
      std::vector{platform}, std::vector{model}, std::vector{key},
      std::vector<std::pair<std::string, std::string>>{});
}

chat::UpstreamFailure failure(FailureClass kind, Scope scope, std::optional<Millis> retry_after) {
  chat::UpstreamFailure out;
  out.failure = kind;
  out.scope = scope;
  out.http_status = 429;
  out.retry_after = retry_after;
  out.message = "the provider's words";
  return out;
}

/// One process: a store on the directory, a router that journals into it.
struct Life {
  Life(const std::filesystem::path& directory, WallTime at) : clock(at) {
    store::StoreOptions options;
    options.data_dir = directory;
    auto opened = store::Store::open(std::move(options));
    if (!opened) throw std::runtime_error(opened.error().message);
    store = std::move(*opened);
    journal = std::make_unique<QuotaJournal>(store->writer());
    router = std::make_unique<routing::Router>(journal.get(), clock.now());
    index = router->attach(small_table(), {});
    auto replay = read_journal(*store, clock.now());
    EXPECT_TRUE(replay);
    router->replay(*replay, clock.now());
  }

  routing::AttemptPlanner begin() {
    routing::RequestFacts facts;
    facts.needs.prompt_tokens = facts.needs.output_tokens = 100;
    auto planner = router->begin(index, facts, clock.now());
    admitted = std::holds_alternative<routing::Attempt>(planner.next(clock.now()));
    return planner;
  }
  void fail(const chat::UpstreamFailure& how) {
    auto planner = begin();
    planner.sent(clock.now());
    planner.failed(how, {}, clock.now());
  }
  [[nodiscard]] routing::QuotaSnapshot snapshot() const {
    return router->snapshot(*index, clock.now());
  }

  ManualClock clock;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<QuotaJournal> journal;
  std::unique_ptr<routing::Router> router;
  std::shared_ptr<const routing::RouteIndex> index;
  bool admitted = false;
};

class QuotaJournalTest : public testing::Test {
 protected:
  QuotaJournalTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "freellm_app_XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~QuotaJournalTest() override {
    std::error_code ec;
    std::filesystem::remove_all(directory_, ec);
  }

  std::filesystem::path directory_;
};

TEST_F(QuotaJournalTest, BringsBackACooldownWithItsTimeAndTheProvidersWords) {
  Life{directory_, kNoon}.fail(failure(FailureClass::daily_quota, Scope::key, 6h));

  Life after{directory_, kNoon + 1h};

  const auto cooldowns = after.snapshot().cooldowns;
  ASSERT_EQ(cooldowns.size(), 1U);
  EXPECT_EQ(cooldowns[0].of, (routing::ScopeId{Scope::key, {kPlatform, {}, kKey}}));
  EXPECT_EQ(cooldowns[0].cause, FailureClass::daily_quota);
  EXPECT_TRUE(cooldowns[0].stated);
  EXPECT_EQ(cooldowns[0].until, kNoon + 6h);
  EXPECT_EQ(cooldowns[0].strikes, 1);
  EXPECT_EQ(cooldowns[0].message, "the provider's words");
}

TEST_F(QuotaJournalTest, DropsACooldownThatIsOver) {
  Life{directory_, kNoon}.fail(failure(FailureClass::daily_quota, Scope::key, 6h));

  Life after{directory_, kNoon + 6h};

  EXPECT_TRUE(after.snapshot().cooldowns.empty());
  static_cast<void>(after.begin());
  EXPECT_TRUE(after.admitted);
}

TEST_F(QuotaJournalTest, ACooldownIsNeverLongerThanStatedWhateverTheWallClockDid) {
  Life{directory_, kNoon}.fail(failure(FailureClass::daily_quota, Scope::key, 6h));

  Life after{directory_, kNoon - 24h};
  after.clock.advance(6h);

  static_cast<void>(after.begin());
  EXPECT_TRUE(after.admitted);
}

TEST_F(QuotaJournalTest, WhatWasClearedByHandStaysCleared) {
  {
    Life before{directory_, kNoon};
    before.fail(failure(FailureClass::daily_quota, Scope::key, 6h));
    before.router->clear_all(before.clock.now());
  }

  Life after{directory_, kNoon + 1min};

  EXPECT_TRUE(after.snapshot().cooldowns.empty());
  EXPECT_EQ(after.snapshot().models.at(0).penalty, 0);
}

TEST_F(QuotaJournalTest, WhatASuccessEndedStaysEnded) {
  {
    Life before{directory_, kNoon};
    before.fail(failure(FailureClass::provider_error, Scope::platform, std::nullopt));
    ASSERT_EQ(before.snapshot().cooldowns.size(), 1U);
    auto planner = before.begin();  // a last resort: our own guess keeps nobody out for good
    ASSERT_TRUE(before.admitted);
    planner.succeeded({.total_tokens = 100}, {}, before.clock.now());
  }

  Life after{directory_, kNoon + 1s};

  EXPECT_TRUE(after.snapshot().cooldowns.empty());
}

TEST_F(QuotaJournalTest, BringsBackPenaltiesAndTheirDecay) {
  Life{directory_, kNoon}.fail(failure(FailureClass::rate_limited, Scope::model_key, 10s));

  EXPECT_EQ((Life{directory_, kNoon + 1min}.snapshot().models.at(0).penalty), 3);
  EXPECT_EQ((Life{directory_, kNoon + 3min}.snapshot().models.at(0).penalty), 2);
  EXPECT_EQ((Life{directory_, kNoon + 7min}.snapshot().models.at(0).penalty), 0);
}

TEST_F(QuotaJournalTest, BringsBackLearnedLimitsUntilTheyAreCleared) {
  {
    Life before{directory_, kNoon};
    auto planner = before.begin();
    const chat::LimitObservation said{
        .metric = chat::LimitMetric::requests, .window = chat::LimitWindow::minute, .limit = 10};
    planner.observed({&said, 1}, before.clock.now());
    planner.succeeded({.total_tokens = 100}, {}, before.clock.now());
  }
  {
    Life second{directory_, kNoon + 1h};
    const auto row = second.snapshot().counters.at(0);
    EXPECT_EQ(row.learned, 10);
    EXPECT_EQ(row.learned_at, kNoon);
    second.router->clear(row.of, routing::ClearWhat::learned, second.clock.now());
  }

  Life third{directory_, kNoon + 2h};

  EXPECT_FALSE(third.snapshot().counters.at(0).learned);
}

}  // namespace
}  // namespace freellm::app
