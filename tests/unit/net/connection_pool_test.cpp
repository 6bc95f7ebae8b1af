#include "freellm/net/connection_pool.hpp"

#include <gtest/gtest.h>

#include "loop.hpp"

namespace freellm::net {
namespace {

using namespace std::chrono_literals;

struct StreamState {
  bool alive = true;
  bool closed = false;
};

/// A connection that is as alive as its state says.
class FakeStream final : public ByteStream {
 public:
  explicit FakeStream(StreamState& state) : state_(state) {}
  IoResult try_read(std::span<char>) override { return {}; }
  void close() override { state_.closed = true; }
  bool idle_and_alive() override { return state_.alive && !state_.closed; }
  [[nodiscard]] const StreamState* state() const { return &state_; }

 protected:
  bool start_read(std::span<char>, IoWaiter&) override { return true; }
  bool start_write(std::span<const std::string_view>, IoWaiter&) override { return true; }

 private:
  StreamState& state_;
};

class ConnectionPoolTest : public ::testing::Test {
 protected:
  void give(ConnectionPool& pool, StreamState& state) {
    pool.give_back(origin, std::make_unique<FakeStream>(state));
  }
  /// Which connection the pool hands out; null when none.
  const StreamState* take(ConnectionPool& pool) {
    taken.push_back(pool.take(origin));
    return taken.back() ? static_cast<FakeStream*>(taken.back().get())->state() : nullptr;
  }

  asio::io_context io;
  DeadlineQueue deadlines{io};
  wire::Origin origin{wire::Scheme::http, "a.test", 80};
  wire::Origin other{wire::Scheme::http, "b.test", 80};
  StreamState one, two, three;
  std::vector<std::unique_ptr<ByteStream>> taken;
};

TEST_F(ConnectionPoolTest, HandsOutTheOneGivenBackLast) {
  ConnectionPool pool{deadlines};
  give(pool, one);
  give(pool, two);

  EXPECT_EQ(take(pool), &two);
  EXPECT_EQ(take(pool), &one);
  EXPECT_EQ(take(pool), nullptr);
}

TEST_F(ConnectionPoolTest, KeepsOriginsApart) {
  ConnectionPool pool{deadlines};
  give(pool, one);

  EXPECT_EQ(pool.take(other), nullptr);
  EXPECT_EQ(pool.take({wire::Scheme::https, "a.test", 80}), nullptr);
  EXPECT_EQ(pool.take({wire::Scheme::http, "a.test", 81}), nullptr);
  EXPECT_EQ(pool.idle_count(), 1U);
}

TEST_F(ConnectionPoolTest, KeepsProxiesAndReachesApart) {
  ConnectionPool pool{deadlines};
  give(pool, one);
  const wire::Egress narrow{wire::Reach::public_only, nullptr};
  const wire::Egress proxied{
      wire::Reach::private_too,
      std::make_shared<const wire::ProxyUrl>(*wire::parse_proxy_url("http://p.test"))};
  pool.give_back(origin, std::make_unique<FakeStream>(two), proxied);

  EXPECT_EQ(pool.take(origin, narrow), nullptr);
  EXPECT_NE(pool.take(origin, proxied), nullptr);
  EXPECT_EQ(pool.take(origin, proxied), nullptr);
  EXPECT_EQ(take(pool), &one);
}

TEST_F(ConnectionPoolTest, SkipsAndClosesWhatDiedMeanwhile) {
  ConnectionPool pool{deadlines};
  give(pool, one);
  give(pool, two);
  two.alive = false;

  EXPECT_EQ(take(pool), &one);
  EXPECT_TRUE(two.closed);
  EXPECT_EQ(pool.idle_count(), 0U);
}

TEST_F(ConnectionPoolTest, OverTheLimitOfAnOriginItsColdestGoes) {
  ConnectionPool pool{deadlines, {.per_origin = 2}};
  give(pool, one);
  give(pool, two);

  give(pool, three);

  EXPECT_TRUE(one.closed);
  EXPECT_FALSE(two.closed);
  EXPECT_EQ(pool.idle_count(), 2U);
}

TEST_F(ConnectionPoolTest, OverTheTotalTheColdestOfAllOriginsGoes) {
  ConnectionPool pool{deadlines, {.total = 2}};
  pool.give_back(other, std::make_unique<FakeStream>(one));
  give(pool, two);

  give(pool, three);

  EXPECT_TRUE(one.closed);
  EXPECT_FALSE(two.closed);
  EXPECT_EQ(pool.idle_count(), 2U);
}

TEST_F(ConnectionPoolTest, ClosesWhatStaysIdleTooLong) {
  ConnectionPool pool{deadlines, {.idle_ttl = 5ms}};
  give(pool, one);

  test::run_until(io, [&] { return one.closed; });

  EXPECT_TRUE(one.closed);
  EXPECT_EQ(pool.idle_count(), 0U);
}

TEST_F(ConnectionPoolTest, ClearedItClosesAll) {
  ConnectionPool pool{deadlines};
  give(pool, one);
  pool.give_back(other, std::make_unique<FakeStream>(two));

  pool.clear();

  EXPECT_TRUE(one.closed);
  EXPECT_TRUE(two.closed);
  EXPECT_EQ(pool.idle_count(), 0U);
}

}  // namespace
}  // namespace freellm::net
