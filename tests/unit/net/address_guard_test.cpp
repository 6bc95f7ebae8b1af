#include "freellm/net/address_guard.hpp"

#include <gtest/gtest.h>

namespace freellm::net {
namespace {

using boost::asio::ip::make_address;
using wire::Reach;

AddressClass of(const char* text) { return classify(make_address(text)); }

TEST(AddressGuard, NeverReachesLinkLocalMetadataAndMulticast) {
  for (const char* text : {"169.254.169.254",
                           "169.254.0.1",
                           "fe80::1",
                           "fd00:ec2::254",
                           "fd20:ce::254",
                           "100.100.100.200",
                           "192.0.0.192",
                           "168.63.129.16",
                           "224.0.0.1",
                           "255.255.255.255",
                           "ff02::1",
                           "::ffff:169.254.169.254",
                           "64:ff9b::a9fe:a9fe",
                           "64:ff9b:1::a9fe:a9fe",
                           "64:ff9b:1:a9fe:a9:fe00:808:808",
                           "64:ff9b:1:0:a9:fea9:fe08:808",
                           "::ffff:0:a9fe:a9fe",
                           "2002:a9fe:a9fe::1",
                           "::a9fe:a9fe",
                           "2001:0:1:2:3:4:5601:5601"}) {
    EXPECT_EQ(of(text), AddressClass::forbidden) << text;
    EXPECT_FALSE(may_reach(make_address(text), Reach::private_too)) << text;
  }
}

TEST(AddressGuard, ReachesPrivateAddressesWhenItMay) {
  for (const char* text :
       {"127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.0.1", "100.64.0.1", "0.0.0.0", "::1",
        "::", "fd12::1", "fec0::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::808:808",
        "64:ff9b:2::808:808", "2002:a00:1::", "240.0.0.1", "2001:db8::1"}) {
    EXPECT_EQ(of(text), AddressClass::local) << text;
    EXPECT_TRUE(may_reach(make_address(text), Reach::private_too)) << text;
    EXPECT_FALSE(may_reach(make_address(text), Reach::public_only)) << text;
  }
}

TEST(AddressGuard, ReachesThePublicInternet) {
  for (const char* text : {"1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111",
                           "::ffff:8.8.8.8", "64:ff9b::808:808", "193.0.0.1"}) {
    EXPECT_EQ(of(text), AddressClass::global) << text;
  }
}

TEST(AddressGuard, KeepsOnlyTheAddressesThatMayBeReached) {
  const Addresses mixed{make_address("169.254.169.254"), make_address("1.1.1.1"),
                        make_address("10.0.0.1")};

  EXPECT_EQ(*allowed_addresses("x.test", mixed, Reach::public_only),
            (Addresses{make_address("1.1.1.1")}));
  EXPECT_EQ(allowed_addresses("x.test", mixed, Reach::private_too)->size(), 2U);

  const auto none =
      allowed_addresses("x.test", {make_address("169.254.169.254")}, Reach::private_too);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, "address_not_allowed");
  EXPECT_NE(none.error().message.find("169.254.169.254"), std::string::npos);
}

TEST(AddressGuard, KnowsEveryWayToWriteAnAddress) {
  for (const char* host : {"2852039166", "0xA9FEA9FE", "0251.0376.0251.0376", "169.254.43518",
                           "::ffff:a9fe:a9fe", "metadata.google.internal"}) {
    EXPECT_FALSE(check_unresolved(host, Reach::private_too)) << host;
  }
  for (const char* host : {"2130706433", "0x7f.1", "127.1", "localhost", "a.localhost."}) {
    EXPECT_FALSE(check_unresolved(host, Reach::public_only)) << host;
    EXPECT_TRUE(check_unresolved(host, Reach::private_too)) << host;
    EXPECT_TRUE(is_local_host(host)) << host;
  }
  EXPECT_TRUE(check_unresolved("api.groq.com", Reach::public_only));
  EXPECT_FALSE(is_local_host("api.groq.com"));
  EXPECT_FALSE(is_local_host("1.1.1.1"));
}

}  // namespace
}  // namespace freellm::net
