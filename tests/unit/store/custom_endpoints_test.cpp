#include "freellm/store/custom_endpoints.hpp"

#include <gtest/gtest.h>

#include "freellm/store/key_undo.hpp"
#include "freellm/store/keys.hpp"
#include "freellm/store/proxies.hpp"
#include "freellm/store/rekey.hpp"
#include "freellm/store/settings.hpp"
#include "store_fixture.hpp"

namespace freellm::store {
namespace {

StoredEndpoint box() {
  auto models = catalog::models_named({"one", "two"});
  models[1].capabilities.tools = false;
  models[1].context_window = 4096;
  return {.platform = {},
          .slug = "box",
          .title = "My Box",
          .base_url = "http://10.0.0.5:8080/v1",
          .allow_private = true,
          .timeouts = {.connect = Millis{1}, .first_byte = Millis{2}, .stall = Millis{3}},
          .models = models,
          .created_at = kNoon};
}

class CustomEndpoints : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    alpha_ = sync().platforms[0].id;
  }
  Result<PlatformId> try_add(const StoredEndpoint& endpoint) {
    return store_->writer()
        .change<PlatformId>([=](Db& db) { return add_endpoint(db, endpoint); })
        .get();
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
  std::vector<StoredEndpoint> list() {
    Db db = look();
    return list_endpoints(db).value();
  }
  Proxies proxies() {
    Db db = look();
    return load_proxies(db, store_->vault()).value();
  }
  PlatformId alpha_;
};

TEST_F(CustomEndpoints, AreKeptWhole) {
  const auto id = try_add(box());
  reopen();

  ASSERT_TRUE(id);
  const auto endpoints = list();
  ASSERT_EQ(endpoints.size(), 1U);
  EXPECT_EQ(endpoints[0].platform, *id);
  EXPECT_EQ(endpoints[0].title, "My Box");
  EXPECT_TRUE(endpoints[0].allow_private);
  EXPECT_EQ(endpoints[0].timeouts, box().timeouts);
  EXPECT_EQ(endpoints[0].models, box().models);
  EXPECT_EQ(endpoints[0].created_at, kNoon);
}

TEST_F(CustomEndpoints, NeitherTakeAPlatformsNameNorEachOthers) {
  auto alpha = box();
  alpha.slug = "alpha";
  ASSERT_TRUE(try_add(box()));

  EXPECT_EQ(try_add(alpha).error().code, "name_taken");
  EXPECT_EQ(try_add(box()).error().code, "name_taken");
}

TEST_F(CustomEndpoints, AnEditLeavesTheRestAlone) {
  ASSERT_TRUE(try_add(box()));

  ASSERT_TRUE(run([](Db& db) {
    return edit_endpoint(db, "box", {.title = "Other", .models = catalog::models_named({"two"})});
  }));

  const auto edited = list().at(0);
  EXPECT_EQ(edited.title, "Other");
  EXPECT_EQ(edited.base_url, box().base_url);
  EXPECT_EQ(edited.timeouts, box().timeouts);
  EXPECT_EQ(edited.models.size(), 1U);
  const auto missing = run([](Db& db) { return edit_endpoint(db, "alpha", {.title = "x"}); });
  EXPECT_EQ(missing.error().code, "not_found");
}

TEST_F(CustomEndpoints, GoWithTheirKeysAndProxiesAndLeaveTheNameFree) {
  const auto id = try_add(box());
  KeyId key;
  ASSERT_TRUE(run([&](Db& db) -> Status {
    key = add_key(db, store_->vault(), *id, "secret-of-the-box", "", kNoon).value();
    const Status own = put_proxy(db, store_->vault(), key_proxy(key), "socks5://u:p@a.test", kNoon);
    if (!own) return own;
    return put_proxy(db, store_->vault(), platform_proxy("box"), "http://b.test", kNoon);
  }));
  ASSERT_EQ(proxies().size(), 2U);

  ASSERT_TRUE(run([](Db& db) { return remove_endpoint(db, "box"); }));

  EXPECT_TRUE(list().empty());
  EXPECT_TRUE(proxies().empty());
  Db db = look();
  EXPECT_TRUE(list_keys(db, store_->vault())->empty());
  EXPECT_EQ(run([](Db& d) { return remove_endpoint(d, "box"); }).error().code, "not_found");
  const auto again = try_add(box());
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, *id);
}

TEST_F(CustomEndpoints, AKeysProxyComesAndGoesWithIt) {
  KeyId key;
  ASSERT_TRUE(run([&](Db& db) -> Status {
    key = add_key(db, store_->vault(), alpha_, "a-secret-of-alpha", "", kNoon, "import").value();
    return put_proxy(db, store_->vault(), key_proxy(key), "socks5://user:word@a.test", kNoon);
  }));
  {
    Db db = look();
    const auto stored = list_keys(db, store_->vault())->at(0);
    EXPECT_EQ(stored.source, "import");
    ASSERT_TRUE(stored.key.proxy);
    EXPECT_EQ(stored.key.proxy->password.reveal(), "word");
  }

  RemovedKey removed;
  ASSERT_TRUE(run([&](Db& db) -> Status {
    auto taken = take_key(db, key);
    if (!taken) return taken.error();
    removed = std::move(*taken);
    return {};
  }));
  EXPECT_TRUE(proxies().empty());

  ASSERT_TRUE(run([&](Db& db) { return put_key_back(db, removed); }));
  Db db = look();
  const auto back = list_keys(db, store_->vault())->at(0);
  ASSERT_TRUE(back.key.proxy);
  EXPECT_EQ(back.key.proxy->host, "a.test");
  EXPECT_EQ(back.source, "import");
}

TEST_F(CustomEndpoints, AProxyThatCannotBeOpenedLeadsNowhereInsteadOfAround) {
  ASSERT_TRUE(run([&](Db& db) -> Status {
    const Status put = put_proxy(db, store_->vault(), kGlobalProxy, "http://a.test", kNoon);
    if (!put) return put;
    return db.run("UPDATE secret SET sealed = x'00' WHERE name = ?", kGlobalProxy);
  }));

  const auto all = proxies();
  ASSERT_EQ(all.count(kGlobalProxy), 1U);
  EXPECT_TRUE(all.find(kGlobalProxy)->second->host.ends_with(".invalid"));
}

TEST_F(CustomEndpoints, ProxiesAreSealedAnewWithTheMasterKey) {
  ASSERT_TRUE(run([&](Db& db) {
    return put_proxy(db, store_->vault(), kGlobalProxy, "http://u:word@a.test", kNoon);
  }));

  ASSERT_TRUE(run([&](Db& db) -> Status {
    const auto sealed = rekey(db, store_->vault(), test_vault('n'));
    if (!sealed) return sealed.error();
    return {};
  }));

  Db db = look();
  EXPECT_EQ(load_proxies(db, test_vault('n'))->find(kGlobalProxy)->second->host, "a.test");
}

}  // namespace
}  // namespace freellm::store
