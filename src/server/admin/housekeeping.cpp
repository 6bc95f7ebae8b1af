#include "housekeeping.hpp"

#include "freellm/base/log.hpp"
#include "freellm/server/admin/admin.hpp"
#include "freellm/store/settings.hpp"
#include "freellm/store/usage_log.hpp"

namespace freellm::server::admin {
namespace {

/// Rows of one step: some milliseconds of the writer's time.
constexpr std::int64_t kStep = 1'000;

}  // namespace

Housekeeping::Housekeeping(Admin& admin)
    : admin_(admin), step_(std::make_shared<std::atomic<Step>>(Step::none)) {}

void Housekeeping::run(Now now) {
  const Step last = step_->load();
  due_ = now.steady + kBetweenSteps;
  if (last == Step::running) return;
  if (last == Step::done) {
    step_->store(Step::none);
    due_ = now.steady + kEvery;
    return;
  }
  begin(now);
}

void Housekeeping::begin(Now now) {
  const auto values = admin_.daemon.settings().values;
  store::Retention retention;
  retention.request_log =
      std::chrono::duration_cast<std::chrono::hours>(values.request_log_retention);
  if (values.request_log_max_rows > 0) retention.max_rows = values.request_log_max_rows;
  const auto key_used = admin_.services.metrics.last_key_use();
  const bool is_news = key_used > key_use_kept_;
  key_use_kept_ = key_used;
  step_->store(Step::running);
  auto more = std::make_shared<bool>(false);
  admin_.services.store.writer().change(
      [retention, wall = now.wall, key_used, is_news, more](store::Db& db) -> Status {
        if (is_news) {
          const auto kept = store::note_secret_use(db, store::kUnifiedApiKey, key_used);
          if (!kept) return kept;
        }
        const auto pruned = store::prune(db, retention, wall, kStep);
        if (!pruned) return pruned.error();
        *more = *pruned;
        return {};
      },
      [step = step_, more](Status done) {
        if (!done) LOG_WARN("old log rows were not deleted why=\"{}\"", done.error().message);
        step->store(done && *more ? Step::done_with_more : Step::done);
      });
}

}  // namespace freellm::server::admin
