#include "freellm/net/connector.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <latch>
#include <thread>

#include "loop.hpp"
#include "tls_server.hpp"

namespace freellm::net {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using test::run;

/// Names the test knows; others do not exist.
Result<Addresses> look_up(const std::string& host) {
  const auto loopback = asio::ip::make_address("127.0.0.1");
  if (host == "one.test") return Addresses{loopback};
  // Nothing listens on the first: every listener here is bound to the second alone.
  if (host == "two.test") return Addresses{asio::ip::make_address("127.0.0.2"), loopback};
  return Error{.kind = ErrorKind::connect, .message = "no such host"};
}

class ConnectorTest : public ::testing::Test {
 protected:
  void use(TlsContext& tls) {
    context = std::make_unique<ConnectorContext>(
        ConnectorContext{io, resolver, tls, sessions, deadlines});
  }

  Result<std::unique_ptr<ByteStream>> open(wire::Scheme scheme, const std::string& host,
                                           std::uint16_t to_port, ConnectTimeouts timeouts = {}) {
    origin = {scheme, host, to_port};
    return run(io, connect(*context, origin, egress, timeouts, abort));
  }

  void SetUp() override {
    tls_context = std::move(*TlsContext::create(authority.file()));
    use(*tls_context);
  }
  void TearDown() override { resolver.stop(); }

  asio::io_context io;
  asio::executor_work_guard<Executor> work{io.get_executor()};
  test::Authority authority;
  std::unique_ptr<TlsContext> tls_context;
  Resolver resolver{&look_up};
  TlsSessionCache sessions;
  DeadlineQueue deadlines{io};
  std::unique_ptr<ConnectorContext> context;
  wire::Origin origin;
  wire::Egress egress;
  Abort abort;
  Acceptor listener{io.get_executor(), {asio::ip::address_v4::loopback(), 0}};
  const std::uint16_t port = listener.local_endpoint().port();
};

TEST_F(ConnectorTest, ConnectsToAName) {
  const auto stream = open(wire::Scheme::http, "one.test", port);

  ASSERT_TRUE(stream) << stream.error().message;
  EXPECT_TRUE((*stream)->idle_and_alive());
}

TEST_F(ConnectorTest, TriesTheNextAddressWhenOneRefuses) {
  EXPECT_TRUE(open(wire::Scheme::http, "two.test", port));
}

TEST_F(ConnectorTest, ARefusedConnectionIsAConnectError) {
  listener.close();

  const auto stream = open(wire::Scheme::http, "127.0.0.1", port);

  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().kind, ErrorKind::connect);
  EXPECT_EQ(stream.error().retry, Retry::next_route);
  EXPECT_EQ(stream.error().source, ErrorSource::upstream);
}

TEST_F(ConnectorTest, AnUnknownNameIsAConnectError) {
  const auto stream = open(wire::Scheme::http, "nowhere.test", port);

  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().kind, ErrorKind::connect);
}

/// A listener whose queue is full: the kernel drops further SYNs, as a black hole would.
class FullListener {
 public:
  explicit FullListener(asio::io_context& io) : acceptor_(io.get_executor()) {
    acceptor_.open(tcp::v4());
    acceptor_.bind({asio::ip::address_v4::loopback(), 0});
    acceptor_.listen(0);
    for (int i = 0; i < 4; ++i) {
      auto& socket = fillers_.emplace_back(io.get_executor());
      socket.async_connect(acceptor_.local_endpoint(), [](const boost::system::error_code&) {});
    }
  }
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  Acceptor acceptor_;
  std::vector<TcpSocket> fillers_;
};

TEST_F(ConnectorTest, AHostThatDoesNotAnswerIsATimeout) {
  const FullListener full{io};
  const auto began = std::chrono::steady_clock::now();

  const auto stream = open(wire::Scheme::http, "127.0.0.1", full.port(), {.connect = 20ms});

  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().kind, ErrorKind::timeout);
  EXPECT_GE(std::chrono::steady_clock::now() - began, 20ms);
}

TEST_F(ConnectorTest, AnAbortEndsAConnectThatWaits) {
  const FullListener full{io};
  asio::post(io, [this] { abort.fire(AbortReason::client_gone); });

  const auto stream = open(wire::Scheme::http, "127.0.0.1", full.port());

  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().kind, ErrorKind::cancelled);
}

TEST_F(ConnectorTest, AnAbortBeforehandConnectsNowhere) {
  abort.fire(AbortReason::timed_out);

  const auto stream = open(wire::Scheme::http, "one.test", port);

  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().kind, ErrorKind::timeout);
}

TEST_F(ConnectorTest, ALookupThatHangsIsATimeout) {
  auto release = std::make_shared<std::latch>(1);
  Resolver slow{[release](const std::string&) -> Result<Addresses> {
    release->wait();
    return Addresses{};
  }};
  ConnectorContext slow_context{io, slow, *tls_context, sessions, deadlines};
  origin = {wire::Scheme::http, "slow.test", port};

  const auto stream = run(io, connect(slow_context, origin, egress, {.dns = 5ms}, abort));
  slow.stop();
  release->count_down();

  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().kind, ErrorKind::timeout);
  EXPECT_NE(stream.error().message.find("slow.test"), std::string::npos);
}

TEST_F(ConnectorTest, GoesThroughTlsForHttps) {
  const test::TlsServer server{authority, "one.test"};

  const auto stream = open(wire::Scheme::https, "one.test", server.port());

  EXPECT_TRUE(stream) << stream.error().message;
}

TEST_F(ConnectorTest, AHandshakeThatHangsIsATimeout) {
  const auto stream = open(wire::Scheme::https, "one.test", port, {.tls = 5ms});

  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().kind, ErrorKind::timeout);
}

TEST_F(ConnectorTest, ConnectsToNoAddressOutOfReach) {
  egress.reach = wire::Reach::public_only;

  const auto stream = open(wire::Scheme::http, "one.test", port);

  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code, "address_not_allowed");
}

TEST_F(ConnectorTest, ANameThatPointsElsewhereLaterGainsNothing) {
  int lookups = 0;
  Resolver rebinding{[&lookups](const std::string&) -> Result<Addresses> {
    return Addresses{asio::ip::make_address(++lookups == 1 ? "127.0.0.1" : "169.254.169.254")};
  }};
  ConnectorContext context_of_it{io, rebinding, *tls_context, sessions, deadlines};
  origin = {wire::Scheme::http, "rebind.test", port};

  // One lookup: what was judged is what is connected to.
  EXPECT_TRUE(run(io, connect(context_of_it, origin, egress, {}, abort)));
  rebinding.stop();

  EXPECT_EQ(lookups, 1);
  Resolver later{[](const std::string&) -> Result<Addresses> {
    return Addresses{asio::ip::make_address("169.254.169.254")};
  }};
  ConnectorContext later_context{io, later, *tls_context, sessions, deadlines};
  const auto stream = run(io, connect(later_context, origin, egress, {}, abort));
  later.stop();
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code, "address_not_allowed");
}

/// Plays the proxy's part of one conversation: reads until `expected` came, answers, and so on.
class ScriptedProxy {
 public:
  using Script = std::vector<std::pair<std::string, std::string>>;  ///< what it hears, what it says
  ScriptedProxy(Acceptor& listener, Script script)
      : thread_([&listener, script = std::move(script)] {
          boost::system::error_code ec;
          TcpSocket socket{listener.get_executor()};
          listener.accept(socket, ec);
          std::string heard;
          for (const auto& [expected, answer] : script) {
            while (!ec && heard.find(expected) == std::string::npos) {
              std::array<char, 512> bytes;
              heard.append(bytes.data(), socket.read_some(asio::buffer(bytes), ec));
            }
            heard.clear();
            asio::write(socket, asio::buffer(answer), ec);
          }
        }) {}
  ~ScriptedProxy() { thread_.join(); }

 private:
  std::thread thread_;
};

TEST_F(ConnectorTest, GoesThroughAnHttpProxyThatResolvesTheName) {
  egress.proxy = std::make_shared<const wire::ProxyUrl>(
      *wire::parse_proxy_url("http://one.test:" + std::to_string(port)));
  const ScriptedProxy proxy{listener,
                            {{"CONNECT nowhere.test:80 HTTP/1.1\r\n", "HTTP/1.1 200 OK\r\n\r\n"}}};

  const auto stream = open(wire::Scheme::http, "nowhere.test", 80);

  EXPECT_TRUE(stream) << stream.error().message;
}

TEST_F(ConnectorTest, GoesThroughASocksProxy) {
  egress.proxy = std::make_shared<const wire::ProxyUrl>(
      *wire::parse_proxy_url("socks5://127.0.0.1:" + std::to_string(port)));
  using namespace std::string_literals;
  const ScriptedProxy proxy{listener,
                            {{"\x05\x01\x00"s, "\x05\x00"s},
                             {"nowhere.test"s, "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"s}}};

  const auto stream = open(wire::Scheme::http, "nowhere.test", 80);

  EXPECT_TRUE(stream) << stream.error().message;
}

TEST_F(ConnectorTest, AProxyThatRefusesIsAConnectErrorThatSaysSo) {
  egress.proxy = std::make_shared<const wire::ProxyUrl>(
      *wire::parse_proxy_url("http://user:secretword@127.0.0.1:" + std::to_string(port)));
  const ScriptedProxy proxy{listener, {{"\r\n\r\n", "HTTP/1.1 407 No\r\n\r\n"}}};

  const auto stream = open(wire::Scheme::https, "nowhere.test", 443);

  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().kind, ErrorKind::connect);
  EXPECT_EQ(stream.error().code, "proxy_failed");
  EXPECT_NE(stream.error().message.find("refuses the user name"), std::string::npos);
  EXPECT_EQ(stream.error().message.find("secretword"), std::string::npos);
}

TEST_F(ConnectorTest, AProxyThatSaysNothingIsATimeout) {
  egress.proxy = std::make_shared<const wire::ProxyUrl>(
      *wire::parse_proxy_url("socks5://127.0.0.1:" + std::to_string(port)));

  const auto stream = open(wire::Scheme::http, "nowhere.test", 80, {.proxy = 5ms});

  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().kind, ErrorKind::timeout);
}

TEST_F(ConnectorTest, ThroughAProxyTooNoForbiddenAddressIsReached) {
  egress.proxy = std::make_shared<const wire::ProxyUrl>(
      *wire::parse_proxy_url("socks5://127.0.0.1:" + std::to_string(port)));

  const auto stream = open(wire::Scheme::http, "2852039166", 80);

  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code, "address_not_allowed");
}

TEST_F(ConnectorTest, AnHttpsProxyIsSpokenToInsideTls) {
  const test::TlsServer server{authority, "one.test"};  // greets with "hello"
  egress.proxy = std::make_shared<const wire::ProxyUrl>(
      *wire::parse_proxy_url("https://one.test:" + std::to_string(server.port())));

  const auto stream = open(wire::Scheme::http, "nowhere.test", 80);
  io.restart();
  while (io.poll() > 0) {  // the pipe's two ends see each other go
  }

  ASSERT_FALSE(stream);
  EXPECT_NE(stream.error().message.find("does not speak HTTP"), std::string::npos)
      << stream.error().message;
}

}  // namespace
}  // namespace freellm::net
