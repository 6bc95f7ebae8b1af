// Opening a data directory: what is refused, how it is said, and that nothing changes on disk then.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <sstream>

#include "freellm/store/keys.hpp"
#include "freellm/store/migrations.hpp"
#include "store_fixture.hpp"

namespace freellm::store {
namespace {

const std::string kOtherKey(64, 'e');

using Snapshot = std::map<std::string, std::string>;

Snapshot snapshot(const std::filesystem::path& directory) {
  Snapshot files;
  for (const auto& entry : std::filesystem::directory_iterator{directory}) {
    std::ostringstream content;
    content << std::ifstream{entry.path(), std::ios::binary}.rdbuf();
    files[entry.path().filename().string()] = content.str();
  }
  return files;
}

class OpenStore : public testing::Test {
 protected:
  Result<std::unique_ptr<Store>> open(std::optional<std::string> key = std::nullopt) {
    StoreOptions options{.data_dir = data_dir_};
    if (key) options.master_key_hex = Secret{*key};
    return Store::open(std::move(options));
  }

  /// Expects that opening fails with a message that holds `words`, and leaves the directory as it
  /// is.
  void expect_refused(const std::string& words, std::optional<std::string> key = std::nullopt) {
    const auto before = snapshot(data_dir_);
    const auto opened = open(std::move(key));
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message.find(words), std::string::npos) << opened.error().message;
    EXPECT_EQ(opened.error().message.find('\n'), std::string::npos);
    EXPECT_TRUE(before == snapshot(data_dir_)) << "the directory was changed";
  }

  void set_user_version(int version) {
    auto db = Db::open(data_dir_ / kDatabaseName, Db::Mode::read_write);
    ASSERT_TRUE(db && db->exec("PRAGMA user_version = " + std::to_string(version)));
  }

  TemporaryDirectory directory_;
  std::filesystem::path data_dir_ = directory_.path() / "nested" / "data";
};

TEST_F(OpenStore, CreatesDirectoryDatabaseAndKeyForTheOwnerAlone) {
  ASSERT_TRUE(open());

  struct stat info {};
  ::stat(data_dir_.c_str(), &info);
  EXPECT_EQ(info.st_mode & 0777, 0700U);
  ::stat((data_dir_ / "freellmapi.db").c_str(), &info);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  ::stat((data_dir_ / "master.key").c_str(), &info);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(OpenStore, LeavesOnlyDatabaseAndKeyAfterAnOrderlyEnd) {
  ASSERT_TRUE(open());

  const auto files = snapshot(data_dir_);

  EXPECT_EQ(files.size(), 2U);
}

TEST_F(OpenStore, WritesNoKeyFileWhenTheKeyComesFromTheEnvironment) {
  ASSERT_TRUE(open(kOtherKey));

  EXPECT_FALSE(std::filesystem::exists(data_dir_ / "master.key"));
}

TEST_F(OpenStore, OpensAgainWithTheSameKey) {
  ASSERT_TRUE(open());

  EXPECT_TRUE(open());
}

TEST_F(OpenStore, RefusesAWrongMasterKey) {
  ASSERT_TRUE(open());

  expect_refused("wrong master key", kOtherKey);
}

TEST_F(OpenStore, RefusesAMalformedMasterKeyWithoutShowingIt) {
  const auto opened = open("not-hex-at-all");

  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("FREELLMAPI_MASTER_KEY"), std::string::npos);
  EXPECT_EQ(opened.error().message.find("not-hex"), std::string::npos);
}

TEST_F(OpenStore, DoesNotReplaceALostMasterKey) {
  ASSERT_TRUE(open());
  std::filesystem::remove(data_dir_ / "master.key");

  expect_refused("is missing");
}

TEST_F(OpenStore, RefusesANewerSchema) {
  ASSERT_TRUE(open());
  set_user_version(schema_version() + 1);

  expect_refused("newer freellmapi");
}

TEST_F(OpenStore, RefusesAnotherProgramsDatabase) {
  std::filesystem::create_directories(data_dir_);
  {
    auto db = Db::open(data_dir_ / kDatabaseName, Db::Mode::create);
    ASSERT_TRUE(db && db->exec("CREATE TABLE notes (text)"));
  }

  expect_refused("another program");
}

TEST_F(OpenStore, RefusesAFileThatIsNoDatabase) {
  std::filesystem::create_directories(data_dir_);
  std::ofstream{data_dir_ / kDatabaseName} << std::string(5000, 'x');

  expect_refused("not a SQLite database");
}

TEST_F(OpenStore, RefusesADamagedDatabase) {
  ASSERT_TRUE(open());
  std::fstream file{data_dir_ / kDatabaseName, std::ios::in | std::ios::out | std::ios::binary};
  file.seekp(100);
  file << std::string(4000, '\xff');
  file.close();

  expect_refused("damaged");
}

TEST_F(OpenStore, SaysWhenTheDirectoryCannotBeWritten) {
  std::filesystem::create_directories(data_dir_);
  ::chmod(directory_.path().c_str(), 0755);
  ::chmod(data_dir_.c_str(), 0555);
  const bool is_root = ::geteuid() == 0;
  ASSERT_EQ(is_root ? ::seteuid(65'534) : 0, 0);  // root may write anywhere

  const auto opened = open();

  ASSERT_EQ(is_root ? ::seteuid(0) : 0, 0);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("cannot write to " + data_dir_.string()), std::string::npos)
      << opened.error().message;
}

TEST_F(OpenStore, SaysWhenThePathIsAFile) {
  std::filesystem::create_directories(data_dir_.parent_path());
  std::ofstream{data_dir_} << "a file";

  const auto opened = open();

  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("is not a directory"), std::string::npos)
      << opened.error().message;
}

TEST_F(OpenStore, TakesNamesThatMeanSomethingInAUri) {
  data_dir_ = directory_.path() / "50% off?#1";

  ASSERT_TRUE(open());

  EXPECT_TRUE(std::filesystem::exists(data_dir_ / kDatabaseName));
}

TEST_F(OpenStore, LocksTheDirectoryAgainstASecondDaemonUntilTheFirstIsGone) {
  {
    const auto first = DataDirLock::acquire(data_dir_);
    ASSERT_TRUE(first);
    EXPECT_FALSE(DataDirLock::acquire(data_dir_));
  }
  EXPECT_TRUE(DataDirLock::acquire(data_dir_));
}

}  // namespace
}  // namespace freellm::store
