#include "freellm/wire/ip_network.hpp"

#include <gtest/gtest.h>

namespace freellm::wire {
namespace {

HeaderList fields(std::initializer_list<std::pair<std::string, std::string>> list) {
  HeaderList headers;
  for (const auto& [name, value] : list) headers.add(name, value);
  return headers;
}

std::vector<IpNetwork> networks(std::initializer_list<std::string_view> list) {
  std::vector<IpNetwork> all;
  for (const auto text : list) all.push_back(*parse_network(text));
  return all;
}

TEST(IpNetwork, ReadsAddressesInEverySpelling) {
  for (const std::string_view text :
       {"192.0.2.7", "192.0.2.7:8080", "::ffff:192.0.2.7", "[::ffff:192.0.2.7]:80"})
    EXPECT_EQ(to_string(parse_ip(text).value()), "192.0.2.7") << text;
  EXPECT_EQ(to_string(parse_ip("[2001:DB8::1]:443").value()), "2001:db8::1");
  for (const std::string_view text : {"", "unknown", "1.2.3", "1.2.3.4.5", "0x7f.0.0.1", "127.1",
                                      "[::1", "1.2.3.4/8", "::1%lo", "1.2.3.4 "})
    EXPECT_FALSE(parse_ip(text)) << text;
  EXPECT_FALSE(parse_ip(std::string(500, '1')));
}

TEST(IpNetwork, ContainsWhatItsPrefixSays) {
  const auto ten = parse_network("10.0.0.0/8").value();
  EXPECT_TRUE(ten.contains(*parse_ip("10.255.1.2")));
  EXPECT_TRUE(ten.contains(*parse_ip("::ffff:10.0.0.1")));
  EXPECT_FALSE(ten.contains(*parse_ip("11.0.0.0")));
  const auto odd = parse_network("192.0.2.128/25").value();
  EXPECT_TRUE(odd.contains(*parse_ip("192.0.2.200")));
  EXPECT_FALSE(odd.contains(*parse_ip("192.0.2.127")));
  EXPECT_TRUE(parse_network("fd00::/8")->contains(*parse_ip("fdab::1")));
  EXPECT_FALSE(parse_network("::1")->contains(*parse_ip("::2")));
  EXPECT_TRUE(parse_network("0.0.0.0/0")->contains(*parse_ip("203.0.113.1")));
  EXPECT_FALSE(parse_network("0.0.0.0/0")->contains(*parse_ip("2001:db8::1")));
}

TEST(IpNetwork, RefusesWhatIsNone) {
  for (const std::string_view text : {"", "proxy", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1",
                                      "10.0.0.0/8x", "::/129", "10.0.0.1:80"})
    EXPECT_FALSE(parse_network(text)) << text;
}

TEST(ClientOrigin, OfAStrangerIsTheSocketWhateverItClaims) {
  const auto headers = fields({{"X-Forwarded-For", "127.0.0.1"}, {"X-Forwarded-Proto", "https"}});

  const auto origin = client_origin("203.0.113.5:4000", headers, networks({"10.0.0.0/8"}));

  EXPECT_EQ(origin.address, "203.0.113.5");
  EXPECT_FALSE(origin.is_local);
  EXPECT_FALSE(origin.is_https);
}

TEST(ClientOrigin, IsLocalOnlyWhenNoProxySaysOtherwise) {
  EXPECT_TRUE(client_origin("127.0.0.1:9", {}, {}).is_local);
  EXPECT_TRUE(client_origin("[::1]:9", {}, {}).is_local);
  for (const char* field : {"X-Forwarded-For", "Forwarded", "X-Real-IP"})
    EXPECT_FALSE(client_origin("127.0.0.1:9", fields({{field, "127.0.0.1"}}), {}).is_local)
        << field;
}

TEST(ClientOrigin, BehindATrustedProxyIsTheLastAddressThatIsNotOneOfThem) {
  const auto trusted = networks({"10.0.0.0/8", "127.0.0.1"});
  const auto of = [&](const std::string& chain) {
    return client_origin("10.0.0.1:80", fields({{"X-Forwarded-For", chain}}), trusted).address;
  };

  EXPECT_EQ(of("203.0.113.9"), "203.0.113.9");
  EXPECT_EQ(of("127.0.0.1, 203.0.113.9"), "203.0.113.9") << "the client wrote the first";
  EXPECT_EQ(of("6.6.6.6, 203.0.113.9, 10.9.9.9"), "203.0.113.9");
  EXPECT_EQ(of("10.1.1.1, 10.2.2.2"), "10.1.1.1");
  EXPECT_EQ(of("evil, 10.2.2.2"), "10.2.2.2");
  EXPECT_EQ(of("unknown"), "10.0.0.1");
  EXPECT_EQ(of(""), "10.0.0.1");
}

TEST(ClientOrigin, ReadsSeveralFieldsAsOneChain) {
  const auto headers =
      fields({{"X-Forwarded-For", "127.0.0.1"}, {"x-forwarded-for", "203.0.113.9"}});

  EXPECT_EQ(client_origin("127.0.0.1:80", headers, networks({"127.0.0.1"})).address, "203.0.113.9");
}

TEST(ClientOrigin, BelievesTheSchemeOfATrustedProxyAlone) {
  const auto https = fields({{"X-Forwarded-Proto", "https"}, {"X-Forwarded-For", "203.0.113.9"}});

  EXPECT_TRUE(client_origin("10.0.0.1:80", https, networks({"10.0.0.1"})).is_https);
  EXPECT_FALSE(client_origin("10.0.0.2:80", https, networks({"10.0.0.1"})).is_https);
  const auto mixed = fields({{"X-Forwarded-Proto", "https, http"}});
  EXPECT_FALSE(client_origin("10.0.0.1:80", mixed, networks({"10.0.0.1"})).is_https);
}

TEST(ClientOrigin, WhoeverIsForwardedIsNeverLocal) {
  const auto is_local = [](std::string_view peer, const std::string& field,
                           const std::string& chain) {
    return client_origin(peer, fields({{field, chain}}), networks({"127.0.0.1", "10.0.0.0/8"}))
        .is_local;
  };

  // A client inside the trusted network that writes a hop of its own.
  EXPECT_FALSE(is_local("10.0.0.1:80", "X-Forwarded-For", "127.0.0.1, 10.1.2.3"));
  EXPECT_FALSE(is_local("127.0.0.1:80", "X-Forwarded-For", "127.0.0.1"));
  EXPECT_FALSE(is_local("127.0.0.1:80", "X-Forwarded-For", "unknown"));
  EXPECT_FALSE(is_local("127.0.0.1:80", "X-Real-IP", "203.0.113.9"));
  EXPECT_TRUE(client_origin("127.0.0.1:80", {}, networks({"127.0.0.1"})).is_local);
}

TEST(ClientOrigin, OfAPeerThatIsGoneIsNobody) {
  const auto origin =
      client_origin("", fields({{"X-Forwarded-For", "127.0.0.1"}}), networks({"0.0.0.0/0"}));

  EXPECT_EQ(origin.address, "");
  EXPECT_FALSE(origin.is_local);
}

}  // namespace
}  // namespace freellm::wire
