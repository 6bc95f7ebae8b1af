// A rotation of the master key, a backup, a restore and a migration, each killed at twenty of its
// changes to the disk: whatever is on the disk then, nothing is lost and the next start goes on.
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "freellm/base/random.hpp"
#include "freellm/store/backup.hpp"
#include "freellm/store/keys.hpp"
#include "freellm/store/migrations.hpp"
#include "freellm/store/rekey.hpp"
#include "freellm/store/settings.hpp"
#include "store_fixture.hpp"
#include "syscall_killer.hpp"

namespace freellm::store {
namespace {

constexpr int kPoints = 20;
constexpr int kKeys = 40;

std::string secret_number(int number) { return "sk-kill-test-" + std::to_string(1000 + number); }

/// A data directory with forty keys, made once and copied for each kill.
class Killed : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = Store::open({.data_dir = original_});
    ASSERT_TRUE(opened) << opened.error().message;
    Store& store = **opened;
    const auto filled = store.writer()
                            .change<bool>([&](Db& db) -> Result<bool> {
                              auto catalog = sync_catalog(db, small_catalog());
                              if (!catalog) return catalog.error();
                              for (int i = 0; i < kKeys; ++i) {
                                auto added = add_key(db, store.vault(), catalog->platforms[0].id,
                                                     secret_number(i), "", kNoon);
                                if (!added) return added.error();
                              }
                              return true;
                            })
                            .get();
    ASSERT_TRUE(filled) << filled.error().message;
  }

  std::filesystem::path fresh_copy() {
    const auto data = directory_.path() / "work";
    std::filesystem::remove_all(data);
    std::filesystem::copy(original_, data, std::filesystem::copy_options::recursive);
    std::filesystem::permissions(data / kMasterKeyName, std::filesystem::perms::owner_read |
                                                            std::filesystem::perms::owner_write);
    return data;
  }

  /// Kills `work` at seeded points between its first and its last change of the disk, `check`s what
  /// is left each time.
  void kill_at_points(const std::function<bool(const std::filesystem::path&)>& work,
                      const std::function<void(const std::filesystem::path&)>& check) {
    auto data = fresh_copy();
    const long calls = run_until_syscall([&] { return work(data); }, 1L << 40);
    if (calls < 0) GTEST_SKIP() << "ptrace is forbidden here";
    ASSERT_GT(calls, kPoints);
    check(data);
    SeededRandom random{20'261'125};
    std::set<long> points;
    // The last calls are where the new state takes the old one's place.
    for (long late = 0; late < kPoints / 2; ++late) points.insert(calls - late);
    while (points.size() < kPoints)
      points.insert(1 + static_cast<long>(random.below(static_cast<std::uint64_t>(calls))));
    for (const long point : points) {
      SCOPED_TRACE("killed at change " + std::to_string(point) + " of " + std::to_string(calls));
      data = fresh_copy();
      EXPECT_EQ(run_until_syscall([&] { return work(data); }, point), 0);
      check(data);
      if (HasFailure()) return;
    }
  }

  TemporaryDirectory directory_;
  std::filesystem::path original_ = directory_.path() / "original";
};

void expect_all_keys(const std::filesystem::path& data_dir) {
  auto store = Store::open({.data_dir = data_dir});
  ASSERT_TRUE(store) << store.error().message;
  auto db = (*store)->connect_read_only();
  const auto keys = list_keys(*db, (*store)->vault());
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), static_cast<std::size_t>(kKeys));
  for (int i = 0; i < kKeys; ++i) {
    const auto opened = (*store)->vault().open((*keys)[static_cast<std::size_t>(i)].key, "alpha");
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(opened->reveal(), secret_number(i));
  }
  EXPECT_EQ(
      (*db->scalar("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"))
          .value(),
      0);
}

TEST_F(Killed, RotationOfTheMasterKeyLosesNothing) {
  const auto rotate = [](const std::filesystem::path& data) {
    return rotate_master_key({.data_dir = data}).has_value();
  };

  kill_at_points(rotate, [&](const auto& data) {
    expect_all_keys(data);
    // And it can be taken up again.
    EXPECT_TRUE(rotate(data));
    expect_all_keys(data);
    EXPECT_FALSE(std::filesystem::exists(data / "master.key.next"));
  });
}

TEST_F(Killed, BackupIsThereWholeOrNotAtAll) {
  const auto file = directory_.path() / "copy.db";
  const auto copy = [&](const std::filesystem::path& data) {
    return backup_data_dir(data, file, Existing::replace).has_value();
  };

  kill_at_points(copy, [&](const auto& data) {
    expect_all_keys(data);
    if (std::filesystem::exists(file)) {
      ASSERT_TRUE(restore(file, {.data_dir = data}));
      expect_all_keys(data);
      std::filesystem::remove(file);
    }
    EXPECT_TRUE(copy(data));
    std::filesystem::remove(file);
  });
}

TEST_F(Killed, RestoreLeavesTheOldOrTheNewDatabase) {
  const auto file = directory_.path() / "copy.db";
  ASSERT_TRUE(backup_data_dir(original_, file, Existing::keep));
  const auto back = [&](const std::filesystem::path& data) {
    return restore(file, {.data_dir = data}).has_value();
  };

  kill_at_points(back, [&](const auto& data) {
    expect_all_keys(data);
    EXPECT_TRUE(back(data));
    expect_all_keys(data);
    EXPECT_FALSE(std::filesystem::exists(data / "freellmapi.db.restoring"));
  });
}

TEST_F(Killed, MigrationGoesOnFromWhereItWas) {
  const auto old = directory_.path() / "old.db";
  {
    Db db = *Db::open(old, Db::Mode::create);
    ASSERT_TRUE(db.exec("PRAGMA journal_mode = WAL"));
    ASSERT_TRUE(migrate(db, 1));
    for (int i = 0; i < kKeys; ++i)
      ASSERT_TRUE(db.run("INSERT INTO setting VALUES (?, 'kept')", secret_number(i)));
  }
  const auto upgrade = [&](const std::filesystem::path& data) {
    auto db = Db::open(data / "old.db", Db::Mode::read_write);
    return db && migrate(*db).has_value();
  };
  const auto put_back = [&](const std::filesystem::path& data) {
    std::filesystem::copy(old, data / "old.db", std::filesystem::copy_options::overwrite_existing);
  };

  kill_at_points(
      [&](const auto& data) {
        if (!std::filesystem::exists(data / "old.db")) put_back(data);
        return upgrade(data);
      },
      [&](const auto& data) {
        if (!std::filesystem::exists(data / "old.db")) return;  // killed before it began
        if (std::filesystem::file_size(data / "old.db") < std::filesystem::file_size(old)) return;
        ASSERT_TRUE(upgrade(data));
        Db db = *Db::open(data / "old.db", Db::Mode::read_write);
        EXPECT_EQ((*db.scalar("PRAGMA user_version")).value(), schema_version());
        EXPECT_EQ((*db.scalar("SELECT count(*) FROM setting WHERE value = 'kept'")).value(), kKeys);
      });
}

}  // namespace
}  // namespace freellm::store
