#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "freellm/store/vault.hpp"
#include "store_fixture.hpp"

namespace freellm::store {
namespace {

class MasterKeyFile : public testing::Test {
 protected:
  void write(const std::string& text, mode_t mode) {
    std::ofstream{file_} << text;
    ::chmod(file_.c_str(), mode);
  }

  TemporaryDirectory directory_;
  std::filesystem::path file_ = directory_.path() / "master.key";
};

const std::string kHex = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";

TEST(ParseMasterKey, DecodesHexDigitsOfEitherCaseWithinWhiteSpace) {
  const auto key = parse_master_key(" " + kHex + "\r\n");

  ASSERT_TRUE(key);
  ASSERT_EQ(key->size(), 32U);
  EXPECT_EQ(key->reveal().front(), '\0');
  EXPECT_EQ(key->reveal().back(), '\x1f');
}

TEST(ParseMasterKey, RefusesAWrongLengthAndOtherCharacters) {
  EXPECT_FALSE(parse_master_key(""));
  EXPECT_FALSE(parse_master_key(kHex.substr(1)));
  EXPECT_FALSE(parse_master_key(kHex + "0"));
  EXPECT_FALSE(parse_master_key("g" + kHex.substr(1)));
}

TEST_F(MasterKeyFile, IsCreatedForTheOwnerAlone) {
  ASSERT_TRUE(create_master_key(file_));

  struct stat info {};
  ASSERT_EQ(::stat(file_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600U);
  EXPECT_EQ(info.st_nlink, 1U);
}

TEST_F(MasterKeyFile, ReadsBackWhatItCreated) {
  const auto created = create_master_key(file_);

  const auto read = read_master_key(file_);

  ASSERT_TRUE(created && read && *read);
  EXPECT_EQ((*read)->reveal(), created->reveal());
}

TEST_F(MasterKeyFile, LeavesNothingElseInTheDirectory) {
  ASSERT_TRUE(create_master_key(file_));

  EXPECT_EQ(std::distance(std::filesystem::directory_iterator{directory_.path()}, {}), 1);
}

TEST_F(MasterKeyFile, IsNeverReplaced) {
  write(kHex, 0600);

  EXPECT_FALSE(create_master_key(file_));
  EXPECT_EQ((*read_master_key(file_))->reveal(), parse_master_key(kHex)->reveal());
}

TEST_F(MasterKeyFile, MayBeMissing) {
  const auto read = read_master_key(file_);

  ASSERT_TRUE(read);
  EXPECT_FALSE(*read);
}

TEST_F(MasterKeyFile, IsRefusedWhenGroupOrOthersMayReadOrWriteIt) {
  for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0644U}) {
    write(kHex, mode);
    EXPECT_FALSE(read_master_key(file_)) << std::oct << mode;
  }
}

TEST_F(MasterKeyFile, IsRefusedWhenItIsASymbolicLink) {
  const auto target = directory_.path() / "elsewhere";
  std::ofstream{target} << kHex;
  ::chmod(target.c_str(), 0600);
  std::filesystem::create_symlink(target, file_);

  EXPECT_FALSE(read_master_key(file_));
}

TEST_F(MasterKeyFile, IsRefusedWhenItIsAFifoWithoutHanging) {
  ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);

  EXPECT_FALSE(read_master_key(file_));
}

TEST_F(MasterKeyFile, IsRefusedWhenItIsADirectory) {
  std::filesystem::create_directory(file_);

  EXPECT_FALSE(read_master_key(file_));
}

TEST_F(MasterKeyFile, IsRefusedWhenItsContentIsNotAKeyAndDoesNotShowIt) {
  write("hunter2", 0600);

  const auto read = read_master_key(file_);

  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message.find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace freellm::store
