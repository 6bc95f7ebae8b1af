#include "freellm/store/backup.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "freellm/store/accounts.hpp"
#include "freellm/store/keys.hpp"
#include "freellm/store/migrations.hpp"
#include "freellm/store/rekey.hpp"
#include "freellm/store/settings.hpp"
#include "store_fixture.hpp"

namespace freellm::store {
namespace {

class Backup : public StoreTest {
 protected:
  std::filesystem::path data_ = directory_.path() / "data";
  std::filesystem::path file_ = directory_.path() / "copy.db";

  void put(const std::string& name) {
    change<bool>([&](Db& db) -> Result<bool> {
      if (auto status = put_setting(db, name, "x"); !status) return status.error();
      return true;
    });
  }
  bool has(Db& db, const std::string& name) { return get_setting(db, name)->has_value(); }
};

TEST_F(Backup, IsTheDatabaseOfOneMomentWhileItIsWritten) {
  put("before");

  ASSERT_TRUE(backup_data_dir(data_, file_, Existing::keep));
  put("after");

  Db copy = *Db::open(file_, Db::Mode::untouched);
  EXPECT_TRUE(has(copy, "before"));
  EXPECT_FALSE(has(copy, "after"));
}

TEST_F(Backup, NamesTheMasterKeyThatItNeeds) {
  const auto copy = backup_data_dir(data_, file_, Existing::keep);

  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->master_key_id, store_->vault().key_id_hex());
  EXPECT_EQ(copy->schema_version, schema_version());
}

TEST_F(Backup, LeavesNoPartialFileWhenItFails) {
  EXPECT_FALSE(backup_data_dir(data_, directory_.path() / "no" / "copy.db", Existing::keep));
  std::filesystem::create_directory(directory_.path() / "folder");
  EXPECT_FALSE(backup_data_dir(data_, directory_.path() / "folder", Existing::replace));

  for (const auto& entry : std::filesystem::directory_iterator{directory_.path()})
    EXPECT_NE(entry.path().extension(), ".partial");
}

TEST_F(Backup, RestoreForgetsWhatCameLaterAndTheSessions) {
  change<std::int64_t>([](Db& db) {
    return add_session(db, {.token_hash = "hash", .expires_at = kNoon, .address = "::1"});
  });
  ASSERT_TRUE(backup_data_dir(data_, file_, Existing::keep));
  put("after");
  store_.reset();

  ASSERT_TRUE(restore(file_, {.data_dir = data_}));

  reopen();
  Db db = look();
  EXPECT_FALSE(has(db, "after"));
  EXPECT_TRUE(session_ids(db)->empty());
}

TEST_F(Backup, RestoreIsNotFooledByTheWalOfACrash) {
  put("kept");
  ASSERT_TRUE(backup_data_dir(data_, file_, Existing::keep));
  put("after");
  // The files as a crash leaves them: the WAL not played in.
  const auto crashed = directory_.path() / "crashed";
  std::filesystem::copy(data_, crashed, std::filesystem::copy_options::recursive);
  ASSERT_GT(std::filesystem::file_size(crashed / "freellmapi.db-wal"), 0U);

  ASSERT_TRUE(restore(file_, {.data_dir = crashed}));

  auto again = Store::open({.data_dir = crashed});
  ASSERT_TRUE(again) << again.error().message;
  Db db = *(*again)->connect_read_only();
  EXPECT_TRUE(has(db, "kept"));
  EXPECT_FALSE(has(db, "after"));
}

TEST_F(Backup, RestoreRefusesADatabaseInUse) {
  put("x");

  const auto refused = restore(data_ / kDatabaseName, {.data_dir = directory_.path() / "other"});

  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("-wal"), std::string::npos);
}

class Rotation : public StoreTest {
 protected:
  std::filesystem::path data_ = directory_.path() / "data";
};

TEST_F(Rotation, RefusesWhatHadBegunBeforeIt) {
  const auto platform = sync().platforms[0].id;
  ASSERT_TRUE(rotate_master_key({.data_dir = data_}));

  // `store_` still holds the old key.
  const auto added =
      store_->writer()
          .change<KeyId>([&](Db& db) {
            return add_key(db, store_->vault(), platform, "sk-abcdefghijk", "", kNoon);
          })
          .get();

  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, "master_key");
}

TEST_F(Rotation, LeavesNoFileWhenASecretDoesNotOpen) {
  change<bool>([&](Db& db) -> Result<bool> {
    return db.run("INSERT INTO secret (name, sealed, updated_at) VALUES ('broken', x'00', 0)")
        .has_value();
  });

  const auto refused = rotate_master_key({.data_dir = data_});

  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("the stored broken"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(data_ / "master.key.next"));
  reopen();
}

TEST_F(Rotation, TheAuditNamesExactlyWhatDoesNotOpen) {
  const auto platform = sync().platforms[0].id;
  for (const char* secret : {"sk-abcdefghijk", "sk-damaged-0001"}) {
    change<KeyId>(
        [&](Db& db) { return add_key(db, store_->vault(), platform, secret, "", kNoon); });
  }
  change<bool>([&](Db& db) -> Result<bool> {
    return db.run("UPDATE provider_key SET sealed = x'01' WHERE id = 2").has_value();
  });

  Db db = look();
  const auto rows = unreadable_rows(db, store_->vault());

  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ(rows->front().what, "key 2 of alpha");
}

}  // namespace
}  // namespace freellm::store
