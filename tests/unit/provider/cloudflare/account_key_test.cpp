#include "provider/cloudflare/account_key.hpp"

#include <gtest/gtest.h>

namespace freellm::provider::cloudflare {
namespace {

TEST(CloudflareKey, SplitsAtTheFirstColon) {
  const auto key = split_key("0123abcd:to:ken");

  ASSERT_TRUE(key);
  EXPECT_EQ(key->account_id, "0123abcd");
  EXPECT_EQ(key->token, "to:ken");
}

TEST(CloudflareKey, SaysWhatAKeyLooksLikeWithoutShowingIt) {
  for (const auto* malformed :
       {"just-a-token", ":token", "account:", "", "a/b:token", "a b:token"}) {
    const auto key = split_key(malformed);

    ASSERT_FALSE(key) << malformed;
    EXPECT_EQ(key.error().kind, ErrorKind::upstream_auth);
    EXPECT_NE(key.error().message.find("account_id:api_token"), std::string::npos);
    EXPECT_EQ(key.error().message.find("just-a-token"), std::string::npos);
  }
}

TEST(CloudflareKey, PutsTheAccountIntoThePath) {
  EXPECT_EQ(chat_prefix("/client/v4/accounts/{account_id}/ai/v1", "abc"),
            "/client/v4/accounts/abc/ai/v1");
  EXPECT_EQ(chat_prefix("/client/v4", "abc"), "/client/v4/accounts/abc/ai/v1");
  EXPECT_EQ(chat_prefix("/client/v4/accounts/mine/ai/v1", "abc"), "/client/v4/accounts/mine/ai/v1");
}

TEST(CloudflareKey, FindsTheApiAboveTheAccount) {
  EXPECT_EQ(api_prefix("/client/v4/accounts/{account_id}/ai/v1"), "/client/v4");
  EXPECT_EQ(api_prefix("/client/v4"), "/client/v4");
}

}  // namespace
}  // namespace freellm::provider::cloudflare
