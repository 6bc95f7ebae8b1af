#include "freellm/store/routes.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "freellm/store/migrations.hpp"
#include "store_fixture.hpp"

namespace freellm::store {
namespace {

class Routes : public testing::Test {
 protected:
  Routes() : db_(*Db::open(directory_.path() / "routes.db", Db::Mode::create)) {
    EXPECT_TRUE(migrate(db_));
  }

  catalog::Catalog sync(catalog::Catalog catalog = small_catalog()) {
    auto synced = sync_catalog(db_, std::move(catalog));
    EXPECT_TRUE(synced) << synced.error().message;
    return synced ? *synced : catalog::Catalog{};
  }
  static std::vector<std::string> names(const catalog::Catalog& catalog) {
    std::vector<std::string> names;
    for (const auto& model : catalog.models) {
      for (const auto& platform : catalog.platforms) {
        if (platform.id == model.platform) names.push_back(platform.slug + "/" + model.upstream_id);
      }
    }
    return names;
  }

  TemporaryDirectory directory_;
  Db db_;
};

TEST_F(Routes, GetTheSameIdsAtEveryStart) {
  const auto first = sync();
  const auto second = sync();

  ASSERT_EQ(first.models.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(first.models[i].id, second.models[i].id);
  EXPECT_EQ(names(first), names(second));
}

TEST_F(Routes, KeepTheirIdsWhenTheCatalogIsReordered) {
  const auto before = sync();
  auto reversed = small_catalog();
  std::reverse(reversed.models.begin(), reversed.models.end());
  std::reverse(reversed.platforms.begin(), reversed.platforms.end());

  const auto after = sync(reversed);

  EXPECT_EQ(names(after).front(), "beta/large");
  EXPECT_EQ(after.models.front().id, before.models.back().id);
  EXPECT_EQ(after.models.front().platform, before.models.back().platform);
}

TEST_F(Routes, ThatVanishAndComeBackHaveTheirOldId) {
  const auto before = sync();
  auto fewer = small_catalog();
  fewer.models.pop_back();
  sync(fewer);

  EXPECT_EQ(sync().models.back().id, before.models.back().id);
}

TEST_F(Routes, StandInCatalogOrderWithDensePositions) {
  const auto synced = sync();

  EXPECT_EQ(names(synced),
            (std::vector<std::string>{"alpha/small", "alpha/large", "beta/small", "beta/large"}));
  for (std::int32_t i = 0; i < 4; ++i)
    EXPECT_EQ(synced.models[static_cast<std::size_t>(i)].position, i);
}

TEST_F(Routes, FollowTheUsersOrderAndPutUnplacedOnesBehind) {
  const auto synced = sync();
  const std::vector<ModelId> order{synced.models[3].id, synced.models[1].id};

  ASSERT_TRUE(set_fallback_order(db_, order));

  EXPECT_EQ(names(sync()),
            (std::vector<std::string>{"beta/large", "alpha/large", "alpha/small", "beta/small"}));
}

TEST_F(Routes, ReplaceTheWholeOrder) {
  const auto synced = sync();
  ASSERT_TRUE(set_fallback_order(db_, std::vector{synced.models[3].id}));

  ASSERT_TRUE(set_fallback_order(db_, std::vector{synced.models[2].id}));

  EXPECT_EQ(names(sync()),
            (std::vector<std::string>{"beta/small", "alpha/small", "alpha/large", "beta/large"}));
}

TEST_F(Routes, GoBackToTheCatalogsOrder) {
  const auto synced = sync();
  ASSERT_TRUE(set_fallback_order(db_, std::vector{synced.models[3].id}));

  ASSERT_TRUE(reset_fallback_order(db_));

  EXPECT_EQ(names(sync()), names(synced));
}

TEST_F(Routes, KeepTheOldOrderWhenTheNewOneIsBad) {
  const auto synced = sync();
  ASSERT_TRUE(set_fallback_order(db_, std::vector{synced.models[3].id}));
  const auto before = names(sync());

  const auto unknown = set_fallback_order(db_, std::vector{synced.models[0].id, ModelId{999}});
  const auto twice = set_fallback_order(db_, std::vector{synced.models[0].id, synced.models[0].id});

  EXPECT_EQ(unknown.error().code, "invalid_order");
  EXPECT_EQ(twice.error().code, "invalid_order");
  EXPECT_EQ(names(sync()), before);
}

TEST_F(Routes, KeepAnEditThroughACatalogUpdate) {
  const auto id = sync().models[0].id;
  const std::vector<catalog::Limit> limits{{.metric = chat::LimitMetric::tokens,
                                            .window = chat::LimitWindow::day,
                                            .count = 5,
                                            .scope = chat::Scope::model_key,
                                            .reset = catalog::DayReset::pacific}};
  ModelEdit edit;
  edit.enabled = std::optional{false};
  edit.limits = std::optional{limits};
  ASSERT_TRUE(edit_model(db_, id, edit));
  auto updated = small_catalog();
  updated.models[0].display_name = "New name";
  updated.models[0].limits = {{.count = 99}};

  const auto model = sync(updated).models[0];

  EXPECT_EQ(model.display_name, "New name");
  EXPECT_FALSE(model.enabled);
  EXPECT_EQ(model.limits, limits);
}

TEST_F(Routes, TakeAnEditBack) {
  const auto id = sync().models[0].id;
  ModelEdit off;
  off.enabled = std::optional{false};
  ASSERT_TRUE(edit_model(db_, id, off));

  ModelEdit back;
  back.enabled = std::optional<bool>{};
  ASSERT_TRUE(edit_model(db_, id, back));

  EXPECT_TRUE(sync().models[0].enabled);
}

TEST_F(Routes, ChangeOneEditWithoutTheOther) {
  const auto id = sync().models[0].id;
  ModelEdit off;
  off.enabled = std::optional{false};
  ASSERT_TRUE(edit_model(db_, id, off));

  ModelEdit unlimited;
  unlimited.limits = std::optional{std::vector<catalog::Limit>{}};
  ASSERT_TRUE(edit_model(db_, id, unlimited));

  EXPECT_FALSE(sync().models[0].enabled);
  EXPECT_TRUE(sync().models[0].limits.empty());
}

TEST_F(Routes, SwitchAPlatformOffAndBack) {
  const auto id = sync().platforms[1].id;

  ASSERT_TRUE(edit_platform(db_, id, false));
  EXPECT_FALSE(sync().platforms[1].enabled);

  ASSERT_TRUE(edit_platform(db_, id, std::nullopt));
  EXPECT_TRUE(sync().platforms[1].enabled);
}

TEST_F(Routes, AreNotFoundByAnUnknownId) {
  sync();

  EXPECT_EQ(edit_model(db_, ModelId{999}, {}).error().code, "not_found");
  EXPECT_EQ(edit_platform(db_, PlatformId{999}, true).error().code, "not_found");
}

}  // namespace
}  // namespace freellm::store
