#include "freellm/net/tls.hpp"

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "loop.hpp"
#include "tls_server.hpp"

namespace freellm::net {
namespace {

using test::Authority;
using test::run;
using test::TlsServer;

Task<std::string> read_text(ByteStream& stream) {
  std::array<char, 16> buffer{};
  const auto got = co_await stream.read_some(buffer);
  co_return std::string{buffer.data(), got.bytes};
}

class TlsTest : public ::testing::Test {
 protected:
  void trust(const Authority& authority) {
    auto created = TlsContext::create(authority.file());
    ASSERT_TRUE(created) << created.error().message;
    context = std::move(*created);
  }

  Result<std::unique_ptr<ByteStream>> handshake(std::uint16_t port, const std::string& host) {
    origin = {wire::Scheme::https, host, port};
    TcpSocket socket{io.get_executor()};
    socket.connect({asio::ip::address_v4::loopback(), port});
    return run(io, tls_handshake(std::move(socket), *context, sessions, origin, abort));
  }

  asio::io_context io;
  std::unique_ptr<TlsContext> context;
  TlsSessionCache sessions;
  Abort abort;
  wire::Origin origin;
};

TEST_F(TlsTest, ReadsThroughAVerifiedConnection) {
  const Authority authority;
  TlsServer server{authority, "good.test"};
  trust(authority);

  auto stream = handshake(server.port(), "good.test");

  ASSERT_TRUE(stream) << stream.error().message;
  EXPECT_EQ(run(io, read_text(**stream)), "hello");
}

TEST_F(TlsTest, NamesTheHostAndSpeaksHttp1) {
  const Authority authority;
  TlsServer server{authority, "good.test"};
  trust(authority);

  { const auto stream = handshake(server.port(), "good.test"); }
  const auto seen = server.finish();

  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].server_name, "good.test");
  EXPECT_EQ(seen[0].alpn, "http/1.1");
}

TEST_F(TlsTest, RefusesACertificateForAnotherHost) {
  const Authority authority;
  TlsServer server{authority, "good.test"};
  trust(authority);

  const auto stream = handshake(server.port(), "evil.test");

  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().kind, ErrorKind::tls);
  EXPECT_EQ(stream.error().retry, Retry::next_route);
  EXPECT_NE(stream.error().message.find("hostname mismatch"), std::string::npos)
      << stream.error().message;
}

TEST_F(TlsTest, RefusesACertificateForAnAddressItDoesNotName) {
  const Authority authority;
  TlsServer server{authority, "good.test"};
  trust(authority);

  const auto stream = handshake(server.port(), "127.0.0.1");

  ASSERT_FALSE(stream);
  EXPECT_NE(stream.error().message.find("IP address mismatch"), std::string::npos)
      << stream.error().message;
}

TEST_F(TlsTest, RefusesAnAuthorityItDoesNotKnow) {
  const Authority authority;
  const Authority unknown;
  TlsServer server{unknown, "good.test"};
  trust(authority);

  const auto stream = handshake(server.port(), "good.test");

  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().kind, ErrorKind::tls);
  EXPECT_NE(stream.error().message.find("certificate refused"), std::string::npos)
      << stream.error().message;
}

TEST_F(TlsTest, ResumesTheSessionOfTheConnectionBefore) {
  const Authority authority;
  TlsServer server{authority, "good.test"};
  trust(authority);
  {
    auto stream = handshake(server.port(), "good.test");
    ASSERT_TRUE(stream);
    // The ticket comes behind the handshake, with the first bytes.
    EXPECT_EQ(run(io, read_text(**stream)), "hello");
  }

  { const auto stream = handshake(server.port(), "good.test"); }
  const auto seen = server.finish();

  ASSERT_EQ(seen.size(), 2U);
  EXPECT_FALSE(seen[0].resumed);
  EXPECT_TRUE(seen[1].resumed);
}

TEST_F(TlsTest, APeerThatSpeaksNoTlsIsAnError) {
  const Authority authority;
  trust(authority);
  test::SocketPair sockets{io};
  asio::write(sockets.far, asio::buffer(std::string_view{"HTTP/1.1 400 Bad Request\r\n\r\n"}));
  origin = {wire::Scheme::https, "good.test", 443};

  const auto stream =
      run(io, tls_handshake(std::move(sockets.near), *context, sessions, origin, abort));

  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().kind, ErrorKind::tls);
}

TEST_F(TlsTest, AnAbortEndsAHandshakeThatWaits) {
  const Authority authority;
  trust(authority);
  test::SocketPair sockets{io};
  origin = {wire::Scheme::https, "good.test", 443};
  asio::post(io, [this] { abort.fire(AbortReason::client_gone); });

  const auto stream =
      run(io, tls_handshake(std::move(sockets.near), *context, sessions, origin, abort));

  EXPECT_FALSE(stream);
}

TEST_F(TlsTest, ACaFileThatCannotBeReadIsAConfigurationError) {
  const auto created = TlsContext::create("/nonexistent/ca.pem");

  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().kind, ErrorKind::configuration);
  EXPECT_NE(created.error().message.find("/nonexistent/ca.pem"), std::string::npos);
}

}  // namespace
}  // namespace freellm::net
