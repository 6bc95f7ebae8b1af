#include "freellm/store/keys.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "store_fixture.hpp"

namespace freellm::store {
namespace {

class Keys : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    const auto catalog = sync();
    alpha_ = catalog.platforms[0].id;
    beta_ = catalog.platforms[1].id;
  }

  Result<KeyId> try_add(PlatformId platform, const std::string& secret,
                        const std::string& label = "label") {
    return store_->writer()
        .change<KeyId>([=, this](Db& db) {
          return add_key(db, store_->vault(), platform, secret, label, kNoon);
        })
        .get();
  }
  KeyId add(PlatformId platform, const std::string& secret) {
    auto id = try_add(platform, secret);
    EXPECT_TRUE(id) << id.error().message;
    return id ? *id : KeyId{};
  }
  Status run(std::function<Status(Db&)> work) {
    auto done = store_->writer()
                    .change<bool>([work](Db& db) -> Result<bool> {
                      if (auto status = work(db); !status) return status.error();
                      return true;
                    })
                    .get();
    if (!done) return done.error();
    return {};
  }
  std::vector<StoredKey> list() {
    Db db = look();
    auto keys = list_keys(db, store_->vault());
    EXPECT_TRUE(keys);
    return keys ? *keys : std::vector<StoredKey>{};
  }

  PlatformId alpha_;
  PlatformId beta_;
};

TEST_F(Keys, AreListedWithoutTheirSecret) {
  const auto id = add(alpha_, "sk-abcdefghijklmnop");

  const auto keys = list();

  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].key.id, id);
  EXPECT_EQ(keys[0].key.platform, alpha_);
  EXPECT_EQ(keys[0].platform_slug, "alpha");
  EXPECT_EQ(keys[0].key.masked, "sk-a\u2026mnop");
  EXPECT_EQ(keys[0].key.state, catalog::KeyState::unknown);
  EXPECT_EQ(keys[0].created_at, kNoon);
  EXPECT_EQ(keys[0].key.sealed.find("efgh"), std::string::npos);
}

TEST_F(Keys, OpenToTheirSecretForAnAttempt) {
  add(alpha_, "sk-abcdefghijklmnop");

  const auto secret = store_->vault().open(list()[0].key, "alpha");

  ASSERT_TRUE(secret);
  EXPECT_EQ(secret->reveal(), "sk-abcdefghijklmnop");
}

TEST_F(Keys, SurviveARestart) {
  add(alpha_, "sk-abcdefghijklmnop");

  reopen();

  EXPECT_EQ(store_->vault().open(list()[0].key, "alpha")->reveal(), "sk-abcdefghijklmnop");
}

TEST_F(Keys, NeverStandInTheClearInAnyFile) {
  add(alpha_, "sk-canary-canary-canary");
  ASSERT_TRUE(store_->writer().flush());

  for (const auto& entry : std::filesystem::directory_iterator{directory_.path() / "data"}) {
    std::ifstream file{entry.path(), std::ios::binary};
    const std::string content{std::istreambuf_iterator<char>{file}, {}};
    EXPECT_EQ(content.find("canary-canary"), std::string::npos) << entry.path();
  }
}

TEST_F(Keys, LoseSurroundingWhiteSpace) {
  add(alpha_, " \tsk-abcdefghijklmnop\r\n");

  EXPECT_EQ(store_->vault().open(list()[0].key, "alpha")->reveal(), "sk-abcdefghijklmnop");
}

TEST_F(Keys, AreRefusedWhenAHeaderCouldNotCarryThem) {
  const std::vector<std::string> bad{"",
                                     "  ",
                                     "a b",
                                     "a\r\nX: y",
                                     std::string("nul\0byte", 8),
                                     "schl\u00fcssel",
                                     std::string(kMaxKeyBytes + 1, 'x')};
  for (const auto& secret : bad) {
    const auto id = try_add(alpha_, secret);
    ASSERT_FALSE(id) << secret;
    EXPECT_EQ(id.error().code, "invalid_key");
  }
}

TEST_F(Keys, AreStoredOncePerPlatform) {
  add(alpha_, "sk-abcdefghijklmnop");

  const auto again = try_add(alpha_, "sk-abcdefghijklmnop");

  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, "duplicate_key");
  EXPECT_EQ(again.error().message.find("sk-abc"), std::string::npos);
  EXPECT_TRUE(try_add(beta_, "sk-abcdefghijklmnop"));
}

TEST_F(Keys, AreRecognisedBeforeAnImport) {
  add(alpha_, "sk-abcdefghijklmnop");

  Db db = look();

  EXPECT_TRUE(*has_key(db, store_->vault(), alpha_, "sk-abcdefghijklmnop\n"));
  EXPECT_FALSE(*has_key(db, store_->vault(), beta_, "sk-abcdefghijklmnop"));
}

TEST_F(Keys, NeedAPlatform) {
  const auto id = try_add(PlatformId{99}, "sk-abcdefghijklmnop");

  ASSERT_FALSE(id);
  EXPECT_EQ(id.error().code, "unknown_platform");
}

TEST_F(Keys, CanBeRelabelledAndDisabledOneWithoutTheOther) {
  const auto id = add(alpha_, "sk-abcdefghijklmnop");

  ASSERT_TRUE(
      run([=](Db& db) { return edit_key(db, id, {.label = "work", .enabled = std::nullopt}); }));
  ASSERT_TRUE(
      run([=](Db& db) { return edit_key(db, id, {.label = std::nullopt, .enabled = false}); }));

  EXPECT_EQ(list()[0].key.label, "work");
  EXPECT_FALSE(list()[0].key.enabled);
}

TEST_F(Keys, RememberWhatACheckFound) {
  const auto id = add(alpha_, "sk-abcdefghijklmnop");

  ASSERT_TRUE(
      run([=](Db& db) { return set_key_state(db, id, catalog::KeyState::invalid, "401", kNoon); }));

  EXPECT_EQ(list()[0].key.state, catalog::KeyState::invalid);
  EXPECT_EQ(list()[0].state_reason, "401");
  EXPECT_EQ(list()[0].checked_at, kNoon);
  EXPECT_TRUE(list()[0].key.enabled);
}

TEST_F(Keys, NeverGetTheIdOfARemovedOne) {
  const auto first = add(alpha_, "sk-abcdefghijklmnop");
  ASSERT_TRUE(run([=](Db& db) { return remove_key(db, first); }));
  reopen();

  const auto second = add(alpha_, "sk-abcdefghijklmnop");

  EXPECT_GT(second.value, first.value);
}

TEST_F(Keys, AreNotFoundOnceRemoved) {
  const auto id = add(alpha_, "sk-abcdefghijklmnop");
  ASSERT_TRUE(run([=](Db& db) { return remove_key(db, id); }));

  const auto status = run([=](Db& db) { return remove_key(db, id); });

  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, "not_found");
  EXPECT_EQ(status.error().http_status, 404);
}

TEST_F(Keys, AreReportedUndecryptableWhenTheirRowsWereSwapped) {
  add(alpha_, "sk-abcdefghijklmnop");
  add(alpha_, "sk-qrstuvwxyz012345");
  ASSERT_TRUE(run([](Db& db) {
    return db.exec(
        "UPDATE provider_key SET sealed = other.sealed FROM provider_key AS other "
        "WHERE other.id <> provider_key.id");
  }));

  for (const auto& stored : list()) EXPECT_EQ(stored.key.state, catalog::KeyState::undecryptable);
}

TEST_F(Keys, AreReportedUndecryptableWhenMovedToAnotherPlatform) {
  add(alpha_, "sk-abcdefghijklmnop");
  ASSERT_TRUE(run(
      [this](Db& db) { return db.run("UPDATE provider_key SET platform_id = ?", beta_.value); }));

  EXPECT_EQ(list()[0].key.state, catalog::KeyState::undecryptable);
}

TEST_F(Keys, ThatCannotBeOpenedDoNotHideTheOthers) {
  const auto broken = add(alpha_, "sk-abcdefghijklmnop");
  add(alpha_, "sk-qrstuvwxyz012345");
  ASSERT_TRUE(run([=](Db& db) {
    return db.run("UPDATE provider_key SET sealed = x'00' WHERE id = ?", broken.value);
  }));

  const auto keys = list();

  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].key.state, catalog::KeyState::undecryptable);
  EXPECT_FALSE(keys[0].state_reason.empty());
  EXPECT_EQ(keys[1].key.state, catalog::KeyState::unknown);
}

}  // namespace
}  // namespace freellm::store
