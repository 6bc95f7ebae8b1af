#include "freellm/net/proxy_handshake.hpp"

#include <gtest/gtest.h>

namespace freellm::net {
namespace {

using Next = ProxyHandshake::Next;
using namespace std::string_literals;

const wire::Origin kTarget{wire::Scheme::https, "api.test", 443};

class Talk {
 public:
  explicit Talk(const char* url, wire::Origin target = kTarget)
      : proxy_(*wire::parse_proxy_url(url)), target_(std::move(target)) {}

  std::string first() const { return std::string{handshake_.to_send()}; }
  /// What it says next: bytes to send, "" = waits, "done", or "! why".
  std::string hear(const std::string& bytes) {
    const auto next = handshake_.feed(bytes);
    if (!next) return "! " + next.error().message;
    return *next == Next::done ? "done" : *next == Next::send ? first() : "";
  }
  /// The same, a byte at a time.
  std::string hear_slowly(const std::string& bytes) {
    std::string last;
    for (const char c : bytes) last = hear(std::string(1, c));
    return last;
  }

 private:
  wire::ProxyUrl proxy_;
  wire::Origin target_;
  ProxyHandshake handshake_{proxy_, target_};
};

TEST(HttpConnect, AsksForTheTargetAndTakesAny2xx) {
  Talk talk{"http://proxy.test"};

  EXPECT_TRUE(talk.first().starts_with("CONNECT api.test:443 HTTP/1.1\r\nHost: api.test:443\r\n"));
  EXPECT_EQ(talk.first().find("Proxy-Authorization"), std::string::npos);
  EXPECT_EQ(talk.hear_slowly("HTTP/1.1 200 Connection established\r\nX: y\r\n\r\n"), "done");
}

TEST(HttpConnect, SendsCredentialsAndNeverShowsThem) {
  Talk talk{"http://user:secretword@proxy.test:8080"};

  EXPECT_NE(talk.first().find("\r\nProxy-Authorization: Basic dXNlcjpzZWNyZXR3b3Jk\r\n"),
            std::string::npos);
  EXPECT_EQ(talk.hear("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"),
            "! the proxy at proxy.test:8080 refuses the user name or password");
}

TEST(HttpConnect, SaysWhyItDidNotWork) {
  const auto said = [](const std::string& bytes) { return Talk{"http://p.test"}.hear(bytes); };

  EXPECT_EQ(said("HTTP/1.1 403 Forbidden\r\n\r\n"), "! the proxy at p.test:80 answered 403");
  EXPECT_EQ(said("HTTP/1.1 407 x\r\n\r\n"),
            "! the proxy at p.test:80 wants a user name and password");
  EXPECT_EQ(said("\x05\x01"), "! the proxy at p.test:80 does not speak HTTP");
  EXPECT_EQ(said("HTTP/1.1 20"), "");
  EXPECT_EQ(said("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1"),
            "! the proxy at p.test:80 sent something nobody asked for");
  EXPECT_EQ(said("HTTP/1.1 200 " + std::string(20'000, 'x')),
            "! the proxy at p.test:80 answers without end");
}

TEST(HttpConnect, LooksPastInterimAnswers) {
  Talk talk{"http://proxy.test"};

  EXPECT_EQ(talk.hear("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"), "done");
}

TEST(Socks5, ConnectsToANameWithoutLogin) {
  Talk talk{"socks5://proxy.test"};

  EXPECT_EQ(talk.first(), "\x05\x01\x00"s);
  EXPECT_EQ(talk.hear("\x05\x00"s),
            "\x05\x01\x00\x03\x08"
            "api.test\x01\xbb"s);
  EXPECT_EQ(talk.hear_slowly("\x05\x00\x00\x01\x7f\x00\x00\x01\x12\x34"s), "done");
}

TEST(Socks5, LogsInWhenAsked) {
  Talk talk{"socks5://user:pass@proxy.test", {wire::Scheme::https, "1.2.3.4", 80}};

  EXPECT_EQ(talk.first(), "\x05\x02\x00\x02"s);
  EXPECT_EQ(talk.hear("\x05\x02"s), "\x01\x04user\x04pass"s);
  EXPECT_EQ(talk.hear("\x01\x00"s), "\x05\x01\x00\x01\x01\x02\x03\x04\x00\x50"s);
  EXPECT_EQ(talk.hear("\x05\x00\x00\x03\x01x\x00\x00"s), "done");
}

TEST(Socks5, SaysWhyItDidNotWork) {
  const std::string who = "! the proxy at p.test:1080 ";

  EXPECT_EQ(Talk{"socks5://p.test"}.hear("\x05\xff"s), who + "wants a user name and password");
  EXPECT_EQ(Talk{"socks5://u:p@p.test"}.hear("\x05\xff"s), who + "takes no user name and password");
  EXPECT_EQ(Talk{"socks5://p.test"}.hear("HTTP/1.1 400"), who + "does not speak SOCKS5");
  Talk refused{"socks5://u:p@p.test"};
  (void)refused.hear("\x05\x02"s);
  EXPECT_EQ(refused.hear("\x01\x01"s), who + "refuses the user name or password");
  Talk unreachable{"socks5://p.test"};
  (void)unreachable.hear("\x05\x00"s);
  EXPECT_EQ(unreachable.hear("\x05\x04"s), who + "could not connect: the host is unreachable");
  Talk strange{"socks5://p.test"};
  (void)strange.hear("\x05\x00"s);
  EXPECT_EQ(strange.hear("\x05\x00\x00\x09\x00"s), who + "does not speak SOCKS5");
}

}  // namespace
}  // namespace freellm::net
