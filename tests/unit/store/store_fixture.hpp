#pragma once
// A private data directory per test, removed afterwards.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "freellm/catalog/catalog.hpp"
#include "freellm/store/routes.hpp"
#include "freellm/store/store.hpp"

namespace freellm::store {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "freellm_store_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ec;
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ec);
    std::filesystem::remove_all(path_, ec);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline const WallTime kNoon{std::chrono::seconds{1'760'011'200}};  // 2025-10-09 12:00 UTC

inline Vault test_vault(char fill = 'k') { return Vault{Secret{std::string(32, fill)}}; }

/// Two platforms with two models each.
inline catalog::Catalog small_catalog() {
  catalog::Catalog catalog;
  for (const char* slug : {"alpha", "beta"}) {
    catalog::Platform platform;
    platform.id = PlatformId{static_cast<std::int32_t>(catalog.platforms.size()) + 1};
    platform.slug = slug;
    for (const char* id : {"small", "large"}) {
      catalog::Model model;
      model.id = ModelId{static_cast<std::int32_t>(catalog.models.size()) + 1};
      model.platform = platform.id;
      model.upstream_id = id;
      model.logical_name = id;
      catalog.models.push_back(std::move(model));
    }
    catalog.platforms.push_back(std::move(platform));
  }
  return catalog;
}

/// An open store on a fresh directory, and a second connection to look at it.
class StoreTest : public testing::Test {
 protected:
  void SetUp() override { reopen(); }

  void reopen() {
    store_.reset();
    auto opened = Store::open({.data_dir = directory_.path() / "data"});
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = *std::move(opened);
  }

  template <class T>
  T change(std::function<Result<T>(Db&)> work) {
    auto outcome = store_->writer().change<T>(std::move(work)).get();
    EXPECT_TRUE(outcome) << outcome.error().message;
    return outcome ? *outcome : T{};
  }

  /// Syncs the small catalog and returns it with stable ids.
  catalog::Catalog sync(catalog::Catalog catalog = small_catalog()) {
    return change<catalog::Catalog>([=](Db& db) { return sync_catalog(db, catalog); });
  }

  Db look() {
    auto db = store_->connect_read_only();
    EXPECT_TRUE(db);
    return *std::move(db);
  }

  TemporaryDirectory directory_;
  std::unique_ptr<Store> store_;
};

}  // namespace freellm::store
