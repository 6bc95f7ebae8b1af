#include "freellm/store/migrations.hpp"

#include <gtest/gtest.h>

#include "store_fixture.hpp"

namespace freellm::store {
namespace {

std::string schema_of(Db& db) {
  auto rows = db.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name");
  std::string schema;
  for (;;) {
    auto row = rows->step();
    if (!row || !*row) return schema;
    schema += std::string{rows->text(0)} + ";\n";
  }
}

class Migrations : public testing::Test {
 protected:
  Db open(const std::string& name) {
    auto db = Db::open(directory_.path() / name, Db::Mode::create);
    EXPECT_TRUE(db);
    return *std::move(db);
  }
  TemporaryDirectory directory_;
};

TEST_F(Migrations, ReachTheSameSchemaFromEveryVersion) {
  Db fresh = open("fresh.db");
  ASSERT_TRUE(migrate(fresh));
  const auto expected = schema_of(fresh);
  ASSERT_FALSE(expected.empty());

  for (int version = 0; version < schema_version(); ++version) {
    Db old = open("from" + std::to_string(version) + ".db");
    ASSERT_TRUE(migrate(old, version));
    ASSERT_EQ((*old.scalar("PRAGMA user_version")).value(), version);

    ASSERT_TRUE(migrate(old));

    EXPECT_EQ(schema_of(old), expected) << "from version " << version;
    EXPECT_EQ((*old.scalar("PRAGMA user_version")).value(), schema_version());
  }
}

TEST_F(Migrations, KeepTheRowsOfAnOlderVersion) {
  Db db = open("old.db");
  ASSERT_TRUE(migrate(db, 1));
  ASSERT_TRUE(db.run("INSERT INTO setting VALUES ('strategy', 'priority')"));

  ASSERT_TRUE(migrate(db));

  EXPECT_EQ((*db.scalar("SELECT count(*) FROM setting WHERE value = 'priority'")).value(), 1);
}

TEST_F(Migrations, DoNothingWhenRunAgain) {
  Db db = open("again.db");
  ASSERT_TRUE(migrate(db));
  ASSERT_TRUE(db.run("INSERT INTO setting VALUES ('a', 'b')"));

  ASSERT_TRUE(migrate(db));

  EXPECT_EQ((*db.scalar("SELECT count(*) FROM setting")).value(), 1);
}

TEST_F(Migrations, LeaveTheOldVersionWhenAStepFails) {
  Db db = open("broken.db");
  ASSERT_TRUE(migrate(db, 1));
  // The second step will stumble over a table that is already there, after it has created others.
  ASSERT_TRUE(db.exec("CREATE TABLE rollup (x)"));
  const auto before = schema_of(db);

  EXPECT_FALSE(migrate(db));

  EXPECT_EQ((*db.scalar("PRAGMA user_version")).value(), 1);
  EXPECT_EQ(schema_of(db), before);
}

}  // namespace
}  // namespace freellm::store
