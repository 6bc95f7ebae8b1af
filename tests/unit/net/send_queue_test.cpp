#include <gtest/gtest.h>

#include <array>
#include <boost/asio/post.hpp>
#include <memory>
#include <optional>
#include <string>

#include "freellm/net/downstream_connection.hpp"
#include "loop.hpp"
#include "net/send_queue.hpp"

namespace freellm::net {
namespace {

using test::run_until;

Task<IoResult> write(ByteStream& stream, std::string_view text) {
  const std::array pieces{text};
  co_return co_await stream.write_all(pieces);
}

Task<IoResult> write(DownstreamConnection& connection, std::string_view text) {
  const std::array pieces{text};
  co_return co_await connection.write_all(pieces);
}

/// Ends one stream as soon as another one's write is done.
Task<void> write_then_close(ByteStream& stream, std::string_view text,
                            std::unique_ptr<ByteStream>& other, std::optional<IoResult>& result) {
  const std::array pieces{text};
  result = co_await stream.write_all(pieces);
  other->close();
  other.reset();
}

class SendQueueTest : public ::testing::Test {
 protected:
  /// A loop that has sent something just now; its clock stands still.
  SendQueueTest() {
    now = SteadyTime{std::chrono::hours{1}};
    asio::use_service<SendQueue>(io).use_clock([] { return now; });
    spawn(test::keep_result(write(*first, "before"), first_result));
    turn();
    EXPECT_EQ(arrived(first_pair), "before");
    first_result.reset();
  }

  /// What has arrived at the far end of a connection.
  static std::string arrived(test::SocketPair& pair) {
    pair.far.non_blocking(true);
    std::array<char, 64> buffer{};
    boost::system::error_code ec;
    const auto bytes = pair.far.read_some(asio::buffer(buffer), ec);
    return {buffer.data(), bytes};
  }
  /// Reads at the far end of the first stream until its write is done.
  void read_until_written() {
    first_pair.far.non_blocking(true);
    std::vector<char> buffer(1 << 20);
    run_until(io, [&] {
      boost::system::error_code ec;
      first_pair.far.read_some(asio::buffer(buffer), ec);
      return first_result.has_value();
    });
  }
  void turn() {
    io.restart();
    io.poll();
  }

  static inline SteadyTime now;
  asio::io_context io;
  test::SocketPair first_pair{io};
  test::SocketPair second_pair{io};
  std::unique_ptr<ByteStream> first = make_plain_stream(std::move(first_pair.near));
  std::unique_ptr<ByteStream> second = make_plain_stream(std::move(second_pair.near));
  std::optional<IoResult> first_result;
  std::optional<IoResult> second_result;
};

TEST_F(SendQueueTest, WritesOfOneTurnLeaveTogetherAtItsEnd) {
  asio::post(io, [&] { spawn(test::keep_result(write(*first, "one"), first_result)); });
  asio::post(io, [&] { spawn(test::keep_result(write(*second, "two"), second_result)); });
  std::string before;
  asio::post(io, [&] { before = arrived(first_pair); });

  turn();

  EXPECT_EQ(before, "");
  EXPECT_EQ(arrived(first_pair), "one");
  EXPECT_EQ(arrived(second_pair), "two");
  ASSERT_TRUE(first_result && second_result);
  EXPECT_TRUE(first_result->ok());
  EXPECT_EQ(second_result->bytes, 3U);
}

TEST_F(SendQueueTest, AfterAQuietTimeTheFirstWriteLeavesAtOnceAndTheNextOnesTogether) {
  now += std::chrono::milliseconds{1};
  spawn(test::keep_result(write(*first, "one"), first_result));
  EXPECT_TRUE(first_result) << "the writer need not be suspended";
  EXPECT_EQ(arrived(first_pair), "one");

  spawn(test::keep_result(write(*second, "two"), second_result));
  EXPECT_EQ(arrived(second_pair), "");
  turn();

  EXPECT_EQ(arrived(second_pair), "two");
  EXPECT_TRUE(second_result);
}

TEST_F(SendQueueTest, AfterManyWritesALoopIsQuietLaterThanAfterOne) {
  constexpr std::chrono::microseconds kLittle{30};
  now += kLittle;
  spawn(test::keep_result(write(*first, "one"), first_result));
  EXPECT_EQ(arrived(first_pair), "one");
  spawn(test::keep_result(write(*first, "two"), first_result));
  spawn(test::keep_result(write(*second, "three"), second_result));
  turn();
  EXPECT_EQ(arrived(first_pair) + arrived(second_pair), "twothree");

  now += kLittle;
  spawn(test::keep_result(write(*first, "four"), first_result));

  EXPECT_EQ(arrived(first_pair), "");
  turn();
  EXPECT_EQ(arrived(first_pair), "four");
}

TEST_F(SendQueueTest, AClientsWriteAfterAQuietTimeLeavesAtOnce) {
  test::SocketPair pair{io};
  auto connection = std::make_shared<DownstreamConnection>(std::move(pair.near));
  now += std::chrono::milliseconds{1};

  spawn(test::keep_result(write(*connection, "one"), first_result));

  EXPECT_EQ(arrived(pair), "one");
  ASSERT_TRUE(first_result);
  EXPECT_EQ(first_result->bytes, 3U);
  EXPECT_FALSE(connection->write_waiting());
}

TEST_F(SendQueueTest, ClosingAndDestroyingAStreamEndsItsWrite) {
  spawn(test::keep_result(write(*first, "never"), first_result));
  spawn(test::keep_result(write(*second, "two"), second_result));

  first->close();
  first.reset();
  EXPECT_FALSE(first_result) << "the writer must not go on inside close()";
  turn();

  ASSERT_TRUE(first_result);
  EXPECT_EQ(first_result->ec, asio::error::operation_aborted);
  EXPECT_EQ(arrived(first_pair), "");
  EXPECT_EQ(arrived(second_pair), "two");
}

TEST_F(SendQueueTest, OneWriterMayEndTheStreamOfTheNext) {
  spawn(write_then_close(*first, "one", second, first_result));
  spawn(test::keep_result(write(*second, "two"), second_result));

  turn();

  ASSERT_TRUE(first_result && second_result);
  EXPECT_TRUE(first_result->ok());
  EXPECT_EQ(second_result->ec, asio::error::operation_aborted);
}

TEST_F(SendQueueTest, AClientsConnectionThatClosesEndsItsWrite) {
  test::SocketPair pair{io};
  auto connection = std::make_shared<DownstreamConnection>(std::move(pair.near));
  spawn(test::keep_result(write(*connection, "never"), first_result));
  EXPECT_TRUE(connection->write_waiting());

  connection->close();
  EXPECT_FALSE(connection->try_send("nor this"));
  turn();

  ASSERT_TRUE(first_result);
  EXPECT_EQ(first_result->ec, asio::error::operation_aborted);
  EXPECT_FALSE(connection->write_waiting());
  EXPECT_EQ(arrived(pair), "");
}

TEST_F(SendQueueTest, WhatTheSocketDoesNotTakeFollowsWhenItHasRoom) {
  const std::string much(16 << 20, 'y');
  spawn(test::keep_result(write(*first, much), first_result));
  spawn(test::keep_result(write(*second, "two"), second_result));
  turn();
  EXPECT_FALSE(first_result);
  ASSERT_TRUE(second_result) << "the others do not wait for it";
  read_until_written();

  ASSERT_TRUE(first_result);
  EXPECT_EQ(first_result->bytes, much.size());
}

TEST_F(SendQueueTest, WhatTheSocketDoesNotTakeAtOnceFollowsWhenItHasRoom) {
  const std::string much(16 << 20, 'y');
  now += std::chrono::milliseconds{1};
  spawn(test::keep_result(write(*first, much), first_result));
  EXPECT_FALSE(first_result);
  read_until_written();

  ASSERT_TRUE(first_result);
  EXPECT_EQ(first_result->bytes, much.size());
}

}  // namespace
}  // namespace freellm::net
