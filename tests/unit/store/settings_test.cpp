#include "freellm/store/settings.hpp"

#include <gtest/gtest.h>

#include "freellm/store/migrations.hpp"
#include "store_fixture.hpp"

namespace freellm::store {
namespace {

class Settings : public testing::Test {
 protected:
  Settings() : db_(*Db::open(directory_.path() / "settings.db", Db::Mode::create)) {
    EXPECT_TRUE(migrate(db_));
  }

  TemporaryDirectory directory_;
  Db db_;
};

TEST_F(Settings, AreAbsentUntilPut) {
  const auto value = get_setting(db_, "routing.strategy");

  ASSERT_TRUE(value);
  EXPECT_FALSE(*value);
}

TEST_F(Settings, KeepTheLastValue) {
  ASSERT_TRUE(put_setting(db_, "routing.strategy", "priority"));
  ASSERT_TRUE(put_setting(db_, "routing.strategy", "fastest"));

  EXPECT_EQ(**get_setting(db_, "routing.strategy"), "fastest");
  EXPECT_EQ(all_settings(db_)->size(), 1U);
}

TEST_F(Settings, TellAnEmptyValueFromNone) {
  ASSERT_TRUE(put_setting(db_, "a", ""));

  EXPECT_EQ(**get_setting(db_, "a"), "");
}

TEST_F(Settings, AreGoneAfterRemoval) {
  ASSERT_TRUE(put_setting(db_, "a", "b"));

  ASSERT_TRUE(remove_setting(db_, "a"));

  EXPECT_FALSE(*get_setting(db_, "a"));
}

TEST_F(Settings, TakeQuotesAndSemicolonsLiterally) {
  const std::string hostile = "'; DROP TABLE setting; --";

  ASSERT_TRUE(put_setting(db_, hostile, hostile));

  EXPECT_EQ(**get_setting(db_, hostile), hostile);
}

TEST_F(Settings, SealNamedSecrets) {
  const Vault vault = test_vault();
  ASSERT_TRUE(put_secret(db_, vault, kUnifiedApiKey, "freellmapi-0123", kNoon));

  const auto secret = get_secret(db_, vault, kUnifiedApiKey);

  ASSERT_TRUE(secret && *secret);
  EXPECT_EQ((*secret)->reveal(), "freellmapi-0123");
  EXPECT_EQ(
      (*db_.scalar("SELECT count(*) FROM secret WHERE instr(sealed, 'freellmapi') > 0")).value(),
      0);
}

TEST_F(Settings, DoNotOpenASecretUnderAnotherName) {
  const Vault vault = test_vault();
  ASSERT_TRUE(put_secret(db_, vault, "one", "value", kNoon));
  ASSERT_TRUE(db_.run("UPDATE secret SET name = 'two'"));

  EXPECT_FALSE(get_secret(db_, vault, "two"));
}

TEST_F(Settings, ReportASecretOfAnotherMasterKey) {
  ASSERT_TRUE(put_secret(db_, test_vault('a'), "one", "value", kNoon));

  const auto secret = get_secret(db_, test_vault('b'), "one");

  ASSERT_FALSE(secret);
  EXPECT_EQ(secret.error().code, "wrong_master_key");
}

}  // namespace
}  // namespace freellm::store
