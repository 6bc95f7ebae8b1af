#include "freellm/proxy/metrics.hpp"

#include <gtest/gtest.h>

namespace freellm::proxy {
namespace {

using namespace std::chrono_literals;

store::RequestRecord served(int model = 3) {
  store::RequestRecord record;
  record.route = {PlatformId{1}, ModelId{model}, KeyId{9}};
  record.status = 200;
  record.latency = 100ms;
  record.ttft = 20ms;
  record.usage = {.prompt_tokens = 10, .completion_tokens = 5};
  return record;
}

TEST(MetricShard, CountsWhatWasServedUnderItsModel) {
  MetricShard shard;
  shard.count(served());
  shard.count(served());

  const auto* model = shard.model(3);
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model->requests[0].value(), 2);
  EXPECT_EQ(model->duration_ms.sum(), 200);
  EXPECT_EQ(model->duration_ms.count(4), 2);     // 80 < 100 <= 160
  EXPECT_EQ(model->first_token_ms.count(3), 2);  // a bound belongs to the bucket it ends
  EXPECT_EQ(model->input_tokens.sum(), 20);
  EXPECT_EQ(shard.model(4), nullptr);
}

TEST(MetricShard, ChargesAFailedAttemptToTheModelThatFailed) {
  MetricShard shard;
  auto record = served();
  record.failed_attempts = {
      {.route = {PlatformId{2}, ModelId{7}, KeyId{1}}, .failure = chat::FailureClass::timed_out}};
  shard.count(record);

  EXPECT_EQ(shard.model(3)->fallbacks.value(), 1);
  const auto timed_out = static_cast<std::size_t>(chat::FailureClass::timed_out);
  EXPECT_EQ(shard.model(7)->failed_attempts[timed_out].value(), 1);
  EXPECT_EQ(shard.model(7)->requests[0].value(), 0);
}

TEST(MetricShard, CountsAStreamThatBrokeOffAsFailed) {
  MetricShard shard;
  auto record = served();
  record.error_code = "stream_broken";
  shard.count(record);
  record.error_code = "client_closed_request";
  shard.count(record);

  EXPECT_EQ(shard.model(3)->requests[0].value(), 0);
  EXPECT_EQ(shard.model(3)->requests[2].value(), 1);
  EXPECT_EQ(shard.model(3)->requests[3].value(), 1);
  EXPECT_EQ(shard.model(3)->served_attempts.value(), 0);
}

TEST(MetricShard, TakesNoDurationsOfWhatFailed) {
  MetricShard shard;
  for (const int status : {404, 499, 502}) {
    auto record = served();
    record.status = status;
    shard.count(record);
  }

  EXPECT_EQ(shard.model(3)->requests[1].value(), 1);
  EXPECT_EQ(shard.model(3)->requests[2].value(), 1);
  EXPECT_EQ(shard.model(3)->requests[3].value(), 1);
  EXPECT_EQ(shard.model(3)->duration_ms.sum(), 0);
}

TEST(MetricShard, CountsIdsBeyondItsTableTogether) {
  MetricShard shard;
  shard.count(served(5'000));
  shard.count(served(-1));

  EXPECT_EQ(shard.model(MetricShard::kModels - 1)->requests[0].value(), 2);
}

}  // namespace
}  // namespace freellm::proxy
