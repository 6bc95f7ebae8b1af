#include "freellm/net/resolver.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <latch>
#include <optional>
#include <thread>

#include "loop.hpp"

namespace freellm::net {
namespace {

const auto kAddress = asio::ip::make_address("192.0.2.7");

class ResolverTest : public ::testing::Test {
 protected:
  std::optional<Result<Addresses>> ask(Resolver& resolver, const std::string& host) {
    std::optional<Result<Addresses>> answer;
    resolver.resolve(host, io, [&](Result<Addresses> result) { answer = std::move(result); });
    test::run_until(io, [&] { return answer.has_value(); });
    return answer;
  }

  asio::io_context io;
  asio::executor_work_guard<Executor> work{io.get_executor()};
  std::atomic<int> lookups{0};
};

TEST_F(ResolverTest, AnswersALiteralAtOnceWithoutALookup) {
  Resolver resolver{[this](const std::string&) -> Result<Addresses> {
    ++lookups;
    return Addresses{};
  }};
  std::optional<Result<Addresses>> answer;

  resolver.resolve("::1", io, [&](Result<Addresses> result) { answer = std::move(result); });

  ASSERT_TRUE(answer);
  EXPECT_EQ(**answer, Addresses{asio::ip::make_address("::1")});
  EXPECT_EQ(lookups, 0);
}

TEST_F(ResolverTest, AnswersOnTheThreadOfTheContext) {
  Resolver resolver{[](const std::string&) -> Result<Addresses> { return Addresses{kAddress}; }};
  std::thread::id answered_on;

  resolver.resolve("a.test", io,
                   [&](const Result<Addresses>&) { answered_on = std::this_thread::get_id(); });
  test::run_until(io, [&] { return answered_on != std::thread::id{}; });

  EXPECT_EQ(answered_on, std::this_thread::get_id());
}

TEST_F(ResolverTest, LooksAFreshNameUpOnce) {
  Resolver resolver{[this](const std::string&) -> Result<Addresses> {
    ++lookups;
    return Addresses{kAddress};
  }};

  const auto first = ask(resolver, "a.test");
  const auto second = ask(resolver, "a.test");

  ASSERT_TRUE(first && second && *second);
  EXPECT_EQ(**second, Addresses{kAddress});
  EXPECT_EQ(lookups, 1);
}

TEST_F(ResolverTest, QuestionsAskedMeanwhileShareOneLookup) {
  std::latch asked{1};
  Resolver resolver{[&](const std::string&) -> Result<Addresses> {
    asked.wait();
    ++lookups;
    return Addresses{kAddress};
  }};
  int answers = 0;

  for (int i = 0; i < 3; ++i) {
    resolver.resolve("a.test", io,
                     [&](const Result<Addresses>& result) { answers += result ? 1 : 0; });
  }
  asked.count_down();
  test::run_until(io, [&] { return answers == 3; });

  EXPECT_EQ(answers, 3);
  EXPECT_EQ(lookups, 1);
}

TEST_F(ResolverTest, AFailureIsNotRemembered) {
  Resolver resolver{[this](const std::string&) -> Result<Addresses> {
    if (++lookups == 1) return Error{.kind = ErrorKind::connect, .message = "no such host"};
    return Addresses{kAddress};
  }};

  const auto first = ask(resolver, "a.test");
  const auto second = ask(resolver, "a.test");

  ASSERT_TRUE(first && second);
  EXPECT_FALSE(*first);
  EXPECT_TRUE(*second);
}

TEST_F(ResolverTest, StoppedItForgetsWhoWaits) {
  auto asked = std::make_shared<std::latch>(1);
  auto release = std::make_shared<std::latch>(1);
  Resolver resolver{[asked, release](const std::string&) -> Result<Addresses> {
    asked->count_down();
    release->wait();
    return Addresses{kAddress};
  }};
  bool answered = false;
  resolver.resolve("a.test", io, [&](const Result<Addresses>&) { answered = true; });
  asked->wait();

  resolver.stop();
  release->count_down();
  work.reset();
  io.run();

  EXPECT_FALSE(answered);
}

}  // namespace
}  // namespace freellm::net
