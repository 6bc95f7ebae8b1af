#include "housekeeping.hpp"

#include "freellm/base/log.hpp"
#include "freellm/server/admin/admin.hpp"
#include "freellm/store/usage_log.hpp"

namespace freellm::server::admin {
namespace {

/// Rows of one step: some milliseconds of the writer's time.
constexpr std::int64_t kStep = 1'000;

}  // namespace

void Housekeeping::run(Now now) {
  const auto values = admin_.daemon.settings().values;
  store::Retention retention;
  retention.request_log =
      std::chrono::duration_cast<std::chrono::hours>(values.request_log_retention);
  if (values.request_log_max_rows > 0) retention.max_rows = values.request_log_max_rows;
  auto more = admin_.services.store.writer()
                  .change<bool>([&](store::Db& db) -> Result<bool> {
                    return store::prune(db, retention, now.wall, kStep);
                  })
                  .get();
  if (!more) LOG_WARN("old log rows were not deleted why=\"{}\"", more.error().message);
  due_ = now.steady + (more && *more ? kBetweenSteps : kEvery);
}

}  // namespace freellm::server::admin
