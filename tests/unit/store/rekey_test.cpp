#include "freellm/store/rekey.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "freellm/store/backup.hpp"
#include "freellm/store/keys.hpp"
#include "freellm/store/migrations.hpp"
#include "freellm/store/settings.hpp"
#include "store_fixture.hpp"

namespace freellm::store {
namespace {

class Rekey : public testing::Test {
 protected:
  Rekey() : db_(*Db::open(directory_.path() / "rekey.db", Db::Mode::create)) {
    EXPECT_TRUE(migrate(db_));
    alpha_ = sync_catalog(db_, small_catalog())->platforms[0].id;
    EXPECT_TRUE(add_key(db_, old_, alpha_, "sk-abcdefghijklmnop", "", kNoon));
    EXPECT_TRUE(put_secret(db_, old_, kUnifiedApiKey, "freellmapi-0123", kNoon));
  }

  TemporaryDirectory directory_;
  Db db_;
  const Vault old_ = test_vault('a');
  const Vault new_ = test_vault('b');
  PlatformId alpha_;
};

TEST_F(Rekey, LetsTheNewMasterKeyOpenEverythingAndTheOldOneNothing) {
  ASSERT_TRUE(rekey(db_, old_, new_));

  EXPECT_EQ(new_.open((*list_keys(db_, new_))[0].key, "alpha")->reveal(), "sk-abcdefghijklmnop");
  EXPECT_EQ((**get_secret(db_, new_, kUnifiedApiKey)).reveal(), "freellmapi-0123");
  EXPECT_EQ((*list_keys(db_, old_))[0].key.state, catalog::KeyState::undecryptable);
}

TEST_F(Rekey, StillRecognisesDuplicates) {
  ASSERT_TRUE(rekey(db_, old_, new_));

  EXPECT_EQ(add_key(db_, new_, alpha_, "sk-abcdefghijklmnop", "", kNoon).error().code,
            "duplicate_key");
}

TEST_F(Rekey, ChangesNothingWhenOneSecretCannotBeOpened) {
  ASSERT_TRUE(db_.run("UPDATE secret SET sealed = x'00'"));

  EXPECT_FALSE(rekey(db_, old_, new_));

  EXPECT_EQ(old_.open((*list_keys(db_, old_))[0].key, "alpha")->reveal(), "sk-abcdefghijklmnop");
}

TEST_F(Rekey, BackupHoldsTheSameKeysForTheOwnerAlone) {
  const auto copy = directory_.path() / "copy.db";

  ASSERT_TRUE(backup(db_, copy));

  Db restored = *Db::open(copy, Db::Mode::read_write);
  EXPECT_TRUE(check_schema(restored));
  EXPECT_EQ(old_.open((*list_keys(restored, old_))[0].key, "alpha")->reveal(),
            "sk-abcdefghijklmnop");
  struct stat info {};
  ::stat(copy.c_str(), &info);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(Rekey, BackupNeverOverwrites) {
  ASSERT_TRUE(backup(db_, directory_.path() / "copy.db"));

  EXPECT_FALSE(backup(db_, directory_.path() / "copy.db"));
}

}  // namespace
}  // namespace freellm::store
