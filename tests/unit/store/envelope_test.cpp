#include "freellm/store/envelope.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "freellm/store/vault.hpp"
#include "store_fixture.hpp"

namespace freellm::store {
namespace {

const std::string kKey(kKeyBytes, 'K');
constexpr KeyMaterialId kId{'k', 'e', 'y', '-', 'o', 'n', 'e', '!'};
constexpr Binding kBinding{.table = "provider_key", .row = 7, .owner = "groq"};

std::string sealed(std::string_view plain, const Binding& binding = kBinding) {
  auto envelope = seal(kKey, kId, plain, binding);
  EXPECT_TRUE(envelope);
  return envelope ? *envelope : std::string{};
}

TEST(Envelope, OpensWhatItSealed) {
  const auto envelope = sealed("gsk_not_a_real_key");

  const auto opened = open(kKey, kId, envelope, kBinding);

  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->reveal(), "gsk_not_a_real_key");
}

TEST(Envelope, SealsTheEmptySecret) {
  const auto opened = open(kKey, kId, sealed(""), kBinding);

  ASSERT_TRUE(opened);
  EXPECT_TRUE(opened->empty());
}

TEST(Envelope, DoesNotShowThePlainText) {
  EXPECT_EQ(sealed("gsk_not_a_real_key").find("not_a_real"), std::string::npos);
}

TEST(Envelope, RefusesWhenAnyBitOfAnyByteIsFlipped) {
  const auto envelope = sealed("secret");

  for (std::size_t at = 0; at < envelope.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string tampered = envelope;
      tampered[at] = static_cast<char>(tampered[at] ^ (1 << bit));
      EXPECT_FALSE(open(kKey, kId, tampered, kBinding)) << "byte " << at << " bit " << bit;
    }
  }
}

TEST(Envelope, RefusesEveryTruncationAndAnExtraByte) {
  const auto envelope = sealed("secret");

  for (std::size_t size = 0; size < envelope.size(); ++size) {
    EXPECT_FALSE(open(kKey, kId, envelope.substr(0, size), kBinding)) << size;
  }
  EXPECT_FALSE(open(kKey, kId, envelope + '\0', kBinding));
}

TEST(Envelope, DoesNotOpenForAnotherRow) {
  EXPECT_FALSE(open(kKey, kId, sealed("x"), {.table = "provider_key", .row = 8, .owner = "groq"}));
}

TEST(Envelope, DoesNotOpenForAnotherTable) {
  EXPECT_FALSE(open(kKey, kId, sealed("x"), {.table = "secret", .row = 7, .owner = "groq"}));
}

TEST(Envelope, DoesNotOpenForAnotherPlatform) {
  EXPECT_FALSE(open(kKey, kId, sealed("x"), {.table = "provider_key", .row = 7, .owner = "grok"}));
}

TEST(Envelope, KeepsTheBoundariesOfTheBindingApart) {
  const auto envelope = sealed("x", {.table = "ab", .row = 1, .owner = "c"});

  EXPECT_FALSE(open(kKey, kId, envelope, {.table = "a", .row = 1, .owner = "bc"}));
}

TEST(Envelope, TellsAnotherMasterKeyFromDamage) {
  constexpr KeyMaterialId kOther{'k', 'e', 'y', '-', 't', 'w', 'o', '!'};

  const auto opened = open(kKey, kOther, sealed("x"), kBinding);

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, "wrong_master_key");
}

TEST(Envelope, RefusesTheRightKeyIdWithTheWrongKey) {
  const auto opened = open(std::string(kKeyBytes, 'X'), kId, sealed("x"), kBinding);

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, "damaged_secret");
}

TEST(Envelope, NeverUsesANonceTwice) {
  std::set<std::string> nonces;

  for (int i = 0; i < 20'000; ++i) nonces.insert(sealed("x").substr(1 + kKeyIdBytes, kNonceBytes));

  EXPECT_EQ(nonces.size(), 20'000U);
}

TEST(Envelope, RefusesASecretBeyondItsBound) {
  EXPECT_TRUE(seal(kKey, kId, std::string(kMaxSealedSecret, 'a'), kBinding));
  EXPECT_FALSE(seal(kKey, kId, std::string(kMaxSealedSecret + 1, 'a'), kBinding));
}

TEST(Vault, OpensFromManyThreadsAtOnce) {
  const Vault vault = test_vault();
  const auto envelope = vault.seal("shared secret", kBinding);
  std::atomic<int> opened = 0;

  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        const auto secret = vault.open(*envelope, kBinding);
        if (secret && secret->reveal() == "shared secret") ++opened;
      }
    });
  }
  for (auto& thread : threads) thread.join();

  EXPECT_EQ(opened, 2000);
}

TEST(Vault, GivesEqualSecretsOfOnePlatformTheSameFingerprint) {
  const Vault vault = test_vault();

  EXPECT_EQ(vault.fingerprint("key", "groq"), vault.fingerprint("key", "groq"));
  EXPECT_NE(vault.fingerprint("key", "groq"), vault.fingerprint("key", "mistral"));
  EXPECT_NE(vault.fingerprint("key", "groq"), vault.fingerprint("other", "groq"));
  EXPECT_NE(vault.fingerprint("key", "groq"), test_vault('z').fingerprint("key", "groq"));
}

TEST(Vault, NamesDifferentMasterKeysDifferently) {
  EXPECT_EQ(test_vault('a').key_id(), test_vault('a').key_id());
  EXPECT_NE(test_vault('a').key_id(), test_vault('b').key_id());
  EXPECT_EQ(test_vault('a').key_id_hex().size(), 16U);
}

TEST(Vault, OpensTheAnonymousKeyToNothing) {
  const auto opened = test_vault().open(catalog::ProviderKey{}, "kilo");

  ASSERT_TRUE(opened);
  EXPECT_TRUE(opened->empty());
}

}  // namespace
}  // namespace freellm::store
