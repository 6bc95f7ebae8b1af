#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "freellm/provider/native.hpp"

namespace freellm::provider::cloudflare {
namespace {

class CloudflareAdapterTest : public testing::Test {
 protected:
  CloudflareAdapterTest() {
    platform_.slug = "cloudflare";
    platform_.wire = catalog::WireFormat::cloudflare;
    platform_.base_url =
        *wire::parse_base_url("https://api.cloudflare.com/client/v4/accounts/{account_id}/ai/v1");
    model_.upstream_id = "@cf/meta/llama-3.3-70b-instruct-fp8-fast";
  }

  [[nodiscard]] Route route(std::string_view key) const {
    return {platform_, model_, key, platform_.base_url};
  }
  [[nodiscard]] KeyVerdict verdict(std::size_t probe, int status, std::string_view body) const {
    return adapter_.judge_key(route("acc:tok"), probe, status, {}, body).verdict;
  }

  const Adapter& adapter_ = cloudflare_adapter();
  catalog::Platform platform_;
  catalog::Model model_;
};

TEST_F(CloudflareAdapterTest, SendsNothingForAKeyWithoutAccount) {
  const auto request = chat::parse_chat_request(chat::PaddedBuffer::copy_of(
      R"({"model":"auto","messages":[{"role":"user","content":"hi"}]})"));
  ASSERT_TRUE(request);

  const auto encoded = adapter_.encode(*request, route("only-a-token"));

  ASSERT_FALSE(encoded);
  EXPECT_EQ(encoded.error().kind, ErrorKind::upstream_auth);
  EXPECT_EQ(encoded.error().retry, Retry::next_route);
  EXPECT_TRUE(adapter_.key_probes(route("only-a-token")).empty());
}

TEST_F(CloudflareAdapterTest, AsksTheUserEndpointThenTheAccountEndpoint) {
  const auto probes = adapter_.key_probes(route("acc:tok"));

  ASSERT_EQ(probes.size(), 2U);
  EXPECT_TRUE(probes[0].head.starts_with("GET /client/v4/user/tokens/verify HTTP/1.1\r\n"));
  EXPECT_TRUE(probes[1].head.starts_with("GET /client/v4/accounts/acc/tokens/verify HTTP/1.1\r\n"));
  for (const auto& probe : probes) {
    EXPECT_NE(probe.head.find("\r\nAuthorization: Bearer tok\r\n"), std::string::npos);
  }
}

TEST_F(CloudflareAdapterTest, BelievesAnActiveToken) {
  EXPECT_EQ(verdict(0, 200, R"({"success":true,"result":{"status":"active"}})"), KeyVerdict::valid);
  EXPECT_EQ(verdict(1, 200, R"({"success":true,"result":{"status":"active"}})"), KeyVerdict::valid);
}

TEST_F(CloudflareAdapterTest, CondemnsATokenThatIsNoLongerActive) {
  EXPECT_EQ(verdict(0, 200, R"({"success":true,"result":{"status":"expired"}})"),
            KeyVerdict::invalid);
  EXPECT_EQ(verdict(0, 200, R"({"success":true,"result":{"status":"disabled"}})"),
            KeyVerdict::invalid);
}

TEST_F(CloudflareAdapterTest, LetsTheAccountEndpointDecideAboutATokenTheUserEndpointRefuses) {
  constexpr std::string_view kRefusal =
      R"({"success":false,"errors":[{"code":1000,"message":"Invalid API Token"}]})";

  EXPECT_EQ(verdict(0, 401, kRefusal), KeyVerdict::inconclusive);
  EXPECT_EQ(verdict(1, 401, kRefusal), KeyVerdict::invalid);
}

TEST_F(CloudflareAdapterTest, BelievesNoPageOfAnEdge) {
  EXPECT_EQ(verdict(1, 403, "<html>Attention Required!</html>"), KeyVerdict::inconclusive);
  EXPECT_EQ(verdict(1, 200, "<html>maintenance</html>"), KeyVerdict::inconclusive);
}

}  // namespace
}  // namespace freellm::provider::cloudflare
