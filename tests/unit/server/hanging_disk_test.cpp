// What the admin side does while the database's disk does not answer. The disk is a change on the
// writer's thread that ends when the test says so.
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "freellm/proxy/context.hpp"
#include "freellm/server/admin/admin.hpp"
#include "freellm/store/settings.hpp"
#include "server/admin/housekeeping.hpp"
#include "server/admin/resources.hpp"
#include "unit/store/store_fixture.hpp"

namespace freellm::server::admin {
namespace {

using namespace std::chrono_literals;

/// A daemon with no platform.
class Nothing final : public AdminServices {
 public:
  explicit Nothing(std::shared_ptr<const routing::RouteIndex> index) : index_(std::move(index)) {}
  std::shared_ptr<const routing::RouteIndex> routes() const override { return index_; }
  Status rebuild() override { return {}; }
  std::shared_ptr<const Secret> api_key() const override {
    return std::make_shared<const Secret>("freellmapi-test");
  }
  bool api_key_is_fixed() const override { return false; }
  Result<std::shared_ptr<const Secret>> rotate_api_key() override { return api_key(); }
  SettingsView settings() const override {
    SettingsView view;
    view.values.request_log_retention = 24h;
    return view;
  }
  Status change_settings(const SettingValues&) override { return {}; }
  std::vector<catalog::Limit> catalog_limits(const std::string&,
                                             const std::string&) const override {
    return {};
  }
  AboutFacts about() const override { return {.version = "1.2.3", .compiler = "g++"}; }
  ConnectionCounts connections() const override { return {}; }
  net::Worker& probe_worker() override { std::abort(); }

 private:
  std::shared_ptr<const routing::RouteIndex> index_;
};

class HangingDisk : public testing::Test {
 protected:
  HangingDisk()
      : store_(*store::Store::open({.data_dir = directory_.path(), .writer = {.max_stall = 0ms}})),
        router_(nullptr, clock_.now()),
        index_(router_.attach(std::make_shared<const catalog::RouteTable>(
                                  std::vector<catalog::Platform>{}, std::vector<catalog::Model>{},
                                  std::vector<catalog::ProviderKey>{}),
                              {})),
        daemon_(index_),
        services_{clock_, router_, *store_},
        admin_(services_, daemon_, {.hosts = {}, .token = {}, .first_password = {}}) {}
  ~HangingDisk() override {
    if (is_hanging_) answer_again();
  }

  void hang() {
    const auto entered = std::make_shared<std::promise<void>>();
    store_->writer().change(
        [released = released_, entered](store::Db&) -> Status {
          entered->set_value();
          released->get_future().wait();
          return {};
        },
        nullptr);
    entered->get_future().wait();
    is_hanging_ = true;
  }
  void answer_again() {
    released_->set_value();
    is_hanging_ = false;
  }
  /// Everything is written, and the writer's thread, which tells of that before it is idle, is.
  void settle() {
    ASSERT_TRUE(store_->writer().flush());
    while (store_->writer().stats().is_stalled) std::this_thread::yield();
  }
  /// As the server does: the database's connection is that thread's.
  template <class Work>
  auto on_admin_thread(Work work) {
    const auto done = std::make_shared<std::promise<decltype(work())>>();
    EXPECT_TRUE(admin_.post([done, work] { done->set_value(work()); }));
    return done->get_future().get();
  }
  Result<Reply> ask(Handler handler) {
    return on_admin_thread([this, handler] { return handler(admin_, request()); });
  }
  Request request() {
    Request request;
    request.now = clock_.now();
    request.routes = index_;
    return request;
  }

  store::TemporaryDirectory directory_;
  RealClock clock_;
  std::unique_ptr<store::Store> store_;
  routing::Router router_;
  std::shared_ptr<const routing::RouteIndex> index_;
  Nothing daemon_;
  proxy::Services services_;
  Admin admin_;
  std::shared_ptr<std::promise<void>> released_ = std::make_shared<std::promise<void>>();
  bool is_hanging_ = false;
};

TEST_F(HangingDisk, PagesAreRefusedInsteadOfWaitingForEver) {
  ASSERT_TRUE(admin_.start());
  hang();

  for (const Handler handler : {&list_requests, &analytics_summary, &analytics_errors}) {
    const auto answer = ask(handler);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().http_status, 503);
    EXPECT_EQ(answer.error().code, "storage_unavailable");
  }

  answer_again();
  settle();
  EXPECT_TRUE(ask(&list_requests));
}

TEST_F(HangingDisk, MetricsAreToldFromMemoryWhileTheAdminThreadIsStuck) {
  ASSERT_TRUE(admin_.start());
  hang();
  const auto stuck = std::make_shared<std::promise<void>>();
  const auto unstuck = std::make_shared<std::promise<void>>();
  ASSERT_TRUE(admin_.post([stuck, unstuck] {
    stuck->set_value();
    unstuck->get_future().wait();
  }));
  stuck->get_future().wait();
  const auto told = std::make_shared<std::promise<Result<Reply>>>();

  ASSERT_TRUE(
      admin_.post_from_memory([this, told] { told->set_value(get_metrics(admin_, request())); }));
  const auto answer = told->get_future().get();

  ASSERT_TRUE(answer);
  EXPECT_NE(answer->body.find("freellmapi_store_queue_rows"), std::string::npos);
  EXPECT_NE(answer->body.find("version=\"1.2.3\""), std::string::npos);
  unstuck->set_value();
}

TEST_F(HangingDisk, HousekeepingGoesOnWhenTheDiskDoes) {
  hang();
  Housekeeping housekeeping{admin_};
  const Now now = clock_.now();

  housekeeping.run(now);
  housekeeping.run(now);
  EXPECT_EQ(housekeeping.due(), now.steady + Housekeeping::kBetweenSteps) << "it looks again";

  answer_again();
  ASSERT_TRUE(store_->writer().flush());
  housekeeping.run(now);
  EXPECT_EQ(housekeeping.due(), now.steady + Housekeeping::kEvery);
}

TEST_F(HangingDisk, TheKeysLastUseIsKeptOnceAMinuteAndTheNewestIsTold) {
  const auto made = clock_.now().wall;
  auto& shard = services_.metrics.add_shard();
  ASSERT_TRUE(admin_.start());
  ASSERT_TRUE(admin_.change([&](store::Db& db) {
    return store::put_secret(db, store_->vault(), store::kUnifiedApiKey, "freellmapi-x", made);
  }));
  const auto stored = [this] {
    return on_admin_thread(
        [this] { return **admin_.db().scalar("SELECT coalesce(last_used_at, 0) FROM secret"); });
  };
  const auto told = [this] { return ask(&get_api_key)->body; };
  EXPECT_NE(told().find("\"last_used_at\":null"), std::string::npos);

  shard.key_used(made + 5s);
  EXPECT_NE(told().find(iso_time(made + 5s)), std::string::npos) << "before it is written down";
  Housekeeping housekeeping{admin_};
  housekeeping.run(clock_.now());
  ASSERT_TRUE(store_->writer().flush());
  const auto ms = std::chrono::duration_cast<Millis>((made + 5s).time_since_epoch()).count();
  EXPECT_EQ(stored(), ms);

  // A new key begins anew, whatever the old one was used for.
  ASSERT_TRUE(admin_.change([&](store::Db& db) {
    return store::put_secret(db, store_->vault(), store::kUnifiedApiKey, "freellmapi-y",
                             made + 10s);
  }));
  EXPECT_NE(told().find("\"last_used_at\":null"), std::string::npos);
}

}  // namespace
}  // namespace freellm::server::admin
