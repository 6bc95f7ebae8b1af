#include "freellm/net/downstream_connection.hpp"

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/write.hpp>
#include <string>

#include "loop.hpp"

namespace freellm::net {
namespace {

using test::run;
using test::run_until;

class DownstreamConnectionTest : public ::testing::Test {
 protected:
  void send(std::string_view text) { asio::write(sockets.far, asio::buffer(text)); }

  asio::io_context io;
  test::SocketPair sockets{io};
  std::shared_ptr<DownstreamConnection> connection =
      std::make_shared<DownstreamConnection>(std::move(sockets.near));
};

Task<bool> wait_for_input(DownstreamConnection& connection) {
  co_return co_await connection.more_input();
}

Task<IoResult> write(DownstreamConnection& connection, std::string_view first,
                     std::string_view second) {
  const std::array pieces{first, second};
  co_return co_await connection.write_all(pieces);
}

Task<IoResult> read_past_inbox(DownstreamConnection& connection, std::span<char> into) {
  co_return co_await connection.read_direct(into);
}

TEST_F(DownstreamConnectionTest, ShowsWhatArrived) {
  send("GET / HTTP/1.1");

  EXPECT_TRUE(run(io, wait_for_input(*connection)));

  EXPECT_EQ(connection->input(), "GET / HTTP/1.1");
}

TEST_F(DownstreamConnectionTest, KeepsWhatIsNotConsumedInFrontOfWhatComesNext) {
  send("first");
  ASSERT_TRUE(run(io, wait_for_input(*connection)));
  connection->consume(2);
  send(" second");

  ASSERT_TRUE(run(io, wait_for_input(*connection)));

  EXPECT_EQ(connection->input(), "rst second");
}

TEST_F(DownstreamConnectionTest, CollectsPipelinedInputWhileARequestIsServed) {
  connection->watch();
  send("next request");

  run_until(io, [&] { return connection->input().size() == 12; });

  EXPECT_EQ(connection->input(), "next request");
  EXPECT_FALSE(connection->peer_gone());
}

TEST_F(DownstreamConnectionTest, AFullInboxStopsReadingAndGoesOnWhenThereIsRoom) {
  const std::string flood(DownstreamConnection::kMostInboxBytes + 100'000, 'x');
  send(flood);
  connection->watch();
  const auto is_full = [&] {
    return connection->input().size() == DownstreamConnection::kMostInboxBytes;
  };
  run_until(io, is_full);
  ASSERT_TRUE(is_full());

  std::size_t read = 0;
  while (read + connection->input().size() < flood.size()) {
    read += connection->input().size();
    connection->consume(connection->input().size());
    ASSERT_TRUE(run(io, wait_for_input(*connection)));
  }

  EXPECT_EQ(read + connection->input().size(), flood.size());
}

TEST_F(DownstreamConnectionTest, SaysThatTheClientWentAwayWhileItsRequestIsServed) {
  int gone = 0;
  connection->on_gone([&] { ++gone; });
  connection->watch();

  sockets.far.close();
  run_until(io, [&] { return gone > 0; });

  EXPECT_EQ(gone, 1);
  EXPECT_TRUE(connection->peer_gone());
}

TEST_F(DownstreamConnectionTest, SeesAClientGoThatHadSentItsNextRequestsAlready) {
  int gone = 0;
  connection->on_gone([&] { ++gone; });
  connection->watch();

  send(std::string(10 * DownstreamConnection::kInboxBytes, 'x'));
  sockets.far.close();
  run_until(io, [&] { return gone > 0; });

  EXPECT_EQ(gone, 1);
}

TEST_F(DownstreamConnectionTest, WaitingForInputEndsWhenTheClientGoes) {
  sockets.far.close();

  EXPECT_FALSE(run(io, wait_for_input(*connection)));
}

TEST_F(DownstreamConnectionTest, ReadsALargeBodyPastTheInbox) {
  std::vector<char> body(64 * 1024);
  send("body");

  const auto got = run(io, read_past_inbox(*connection, body));

  EXPECT_TRUE(got.ok());
  EXPECT_EQ((std::string{body.data(), got.bytes}), "body");
  EXPECT_TRUE(connection->input().empty());
}

TEST_F(DownstreamConnectionTest, SendsAllPiecesInOrder) {
  const auto sent = run(io, write(*connection, "head", "body"));
  std::array<char, 16> buffer{};
  const auto got = sockets.far.read_some(asio::buffer(buffer));

  EXPECT_EQ(sent.bytes, 8U);
  EXPECT_EQ((std::string{buffer.data(), got}), "headbody");
}

/// More than the kernel buffers on both sides hold.
const std::string& too_much() {
  static const std::string text(16 << 20, 'y');
  return text;
}

TEST_F(DownstreamConnectionTest, AWriteThatStallsGoesOnWhenTheClientReadsAgain) {
  std::optional<IoResult> ended;
  spawn(test::keep_result(write(*connection, too_much(), "end"), ended));
  ASSERT_TRUE(connection->write_waiting());
  sockets.far.non_blocking(true);

  std::vector<char> buffer(1 << 20);
  std::size_t read = 0;
  run_until(io, [&] {
    boost::system::error_code ec;
    read += sockets.far.read_some(asio::buffer(buffer), ec);
    return ended.has_value();
  });

  ASSERT_TRUE(ended);
  EXPECT_TRUE(ended->ok());
  EXPECT_EQ(ended->bytes, too_much().size() + 3);
  EXPECT_FALSE(connection->write_waiting());
}

TEST_F(DownstreamConnectionTest, ClosingEndsAWriteThatStalls) {
  std::optional<IoResult> ended;
  spawn(test::keep_result(write(*connection, too_much(), ""), ended));
  ASSERT_TRUE(connection->write_waiting());

  connection->close();
  run_until(io, [&] { return ended.has_value(); });

  ASSERT_TRUE(ended);
  EXPECT_FALSE(ended->ok());
}

TEST_F(DownstreamConnectionTest, AShortMessageIsNotSentIntoAWriteThatWaits) {
  std::optional<IoResult> ended;
  spawn(test::keep_result(write(*connection, too_much(), ""), ended));

  EXPECT_FALSE(connection->try_send(": keep-alive\n\n"));
  EXPECT_TRUE(connection->is_open());

  connection->close();
  run_until(io, [&] { return ended.has_value(); });
}

TEST_F(DownstreamConnectionTest, KnowsItsPeer) {
  EXPECT_EQ(connection->peer(), "127.0.0.1:" + std::to_string(sockets.far.local_endpoint().port()));
  EXPECT_TRUE(connection->peer_is_loopback());
}

}  // namespace
}  // namespace freellm::net
