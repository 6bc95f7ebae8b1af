#include "freellm/wire/proxy_url.hpp"

#include <gtest/gtest.h>

namespace freellm::wire {
namespace {

TEST(ProxyUrl, ReadsSchemeHostPortAndCredentials) {
  const auto proxy = parse_proxy_url("socks5://us%3Aer:p%40ss@[2001:db8::1]:9050/");

  ASSERT_FALSE(proxy);  // a user name with a colon cannot be sent

  const auto good = parse_proxy_url("SOCKS5h://user:p%40s%3As@[2001:db8::1]:9050/");
  ASSERT_TRUE(good) << good.error().message;
  EXPECT_EQ(good->scheme, ProxyScheme::socks5);
  EXPECT_EQ(good->host, "2001:db8::1");
  EXPECT_EQ(good->port, 9050);
  EXPECT_EQ(good->username, "user");
  EXPECT_EQ(good->password.reveal(), "p@s:s");
}

TEST(ProxyUrl, KnowsThePortThatGoesWithoutSaying) {
  EXPECT_EQ(parse_proxy_url("http://proxy.test")->port, 80);
  EXPECT_EQ(parse_proxy_url("https://proxy.test")->port, 443);
  EXPECT_EQ(parse_proxy_url("socks5://proxy.test")->port, 1080);
  EXPECT_EQ(parse_proxy_url("socks5://[::1]")->port, 1080);
  EXPECT_EQ(parse_proxy_url("https://proxy.test:80")->port, 80);
}

TEST(ProxyUrl, RefusesTheRestWithoutRepeatingIt) {
  for (const char* text :
       {"", "proxy.test:80", "ftp://proxy.test", "http://", "http://:pass@proxy.test",
        "http://u:secretword@proxy.test/path", "http://u:secretword@proxy.test:0",
        "http://u:secretword@pro xy.test", "http://u:secret%0aword@proxy.test",
        "http://…@proxy.test", "http://u:secretword@proxy.test?x"}) {
    const auto proxy = parse_proxy_url(text);
    ASSERT_FALSE(proxy) << text;
    EXPECT_EQ(proxy.error().code, "invalid_proxy");
    EXPECT_EQ(proxy.error().message.find("secret"), std::string::npos);
  }
}

TEST(ProxyUrl, IsShownWithoutItsCredentials) {
  EXPECT_EQ(parse_proxy_url("http://user:secret@proxy.test:8080")->masked(),
            "http://…@proxy.test:8080");
  EXPECT_EQ(parse_proxy_url("socks5://proxy.test")->masked(), "socks5://proxy.test:1080");
}

TEST(Egress, IsEqualByValue) {
  const auto proxy = [](const char* url) {
    return std::make_shared<const ProxyUrl>(*parse_proxy_url(url));
  };
  const Egress one{Reach::private_too, proxy("http://u:a@p.test")};

  EXPECT_EQ(one, (Egress{Reach::private_too, proxy("http://u:a@p.test")}));
  EXPECT_FALSE(one == (Egress{Reach::private_too, proxy("http://u:b@p.test")}));
  EXPECT_FALSE(one == (Egress{Reach::public_only, one.proxy}));
  EXPECT_FALSE(one == Egress{});
}

}  // namespace
}  // namespace freellm::wire
