#include "live_events.hpp"

#include "freellm/server/admin/admin.hpp"
#include "request_json.hpp"

namespace freellm::server::admin {
namespace {

using proxy::News;
using proxy::QuotaNews;
using proxy::RequestNews;
using Phase = proxy::RequestNews::Phase;

/// As much of the provider's words as the log keeps.
constexpr std::size_t kMaxMessage = 500;

std::string_view name_of(Phase phase) {
  switch (phase) {
    case Phase::started:
      return "started";
    case Phase::attempt_failed:
      return "attempt_failed";
    case Phase::first_token:
      return "first_token";
    case Phase::finished:
      return "finished";
  }
  return "finished";
}

/// What the event of the request's end tells again.
bool is_minor(const News& news) {
  const auto* request = std::get_if<RequestNews>(&news);
  return request != nullptr &&
         (request->phase == Phase::started || request->phase == Phase::first_token);
}

std::string request_event(const RowContext& cx, const RequestNews& news) {
  store::LoggedRequest logged;
  logged.record = news.request;
  const auto& failed = news.request.failed_attempts;
  const bool was_served = news.request.status > 0 && is_served(news.request);
  logged.attempts = static_cast<std::int64_t>(failed.size()) + (was_served ? 1 : 0);
  Json attempt;
  if (news.phase == Phase::attempt_failed && !failed.empty()) {
    auto last = failed.back();
    last.message.resize(
        std::min(last.message.size(), kMaxMessage));  // a cut character is mended by dump()
    attempt = attempt_json(cx.table, last, failed.size() - 1);
  }
  return dump({{"phase", name_of(news.phase)},
               {"at", iso_time(news.at)},
               {"request", row_json(cx, logged)},
               {"attempt", std::move(attempt)}});
}

std::string quota_event(const catalog::RouteTable& table, const QuotaNews& news) {
  const auto* platform = table.platform(news.route.platform);
  return dump({{"change", news.learned ? "learned_limit" : "cooldown"},
               {"platform", platform == nullptr ? Json() : Json(platform->slug)},
               {"model_id", id_or_null(news.route.model.value)},
               {"key_id", id_or_null(news.route.key.value)},
               {"until", time_or_null(news.until)}});
}

constexpr std::string_view kCountersMoved =
    R"({"change":"counters","platform":null,"model_id":null,"key_id":null,"until":null})";

}  // namespace

void LiveEvents::add(News news) {
  bool must_post = false;
  {
    const std::lock_guard lock{mutex_};
    const std::size_t room = is_minor(news) ? kQueue / 2 : kQueue;
    if (queue_.size() >= room) {
      is_lossy_ = is_lossy_ || !is_minor(news);
      return;
    }
    queue_.push_back(std::move(news));
    must_post = !std::exchange(is_scheduled_, true);
  }
  if (!must_post || admin_.post([this] { drain(); })) return;
  const std::lock_guard lock{mutex_};
  is_scheduled_ = false;  // the admin thread is busy: the next news try again
}

bool LiveEvents::may_send(SteadyTime now) {
  if (now - second_ >= std::chrono::seconds{1}) {
    second_ = now;
    sent_ = 0;
  }
  return sent_++ < kPerSecond;
}

void LiveEvents::drain() {
  std::vector<News> batch;
  bool is_lossy = false;
  {
    const std::lock_guard lock{mutex_};
    batch.swap(queue_);
    is_scheduled_ = false;
    is_lossy = std::exchange(is_lossy_, false);
  }
  const auto now = admin_.services.clock.now().steady;
  const auto index = admin_.daemon.routes();
  const RowContext cx{routing::table_of(*index), admin_.daemon.settings().values.price};
  bool have_counters_moved = false;
  for (const auto& news : batch) {
    const auto* request = std::get_if<RequestNews>(&news);
    have_counters_moved = have_counters_moved || request != nullptr;
    if (!may_send(now)) {
      is_lossy = is_lossy || !is_minor(news);
    } else if (request != nullptr) {
      admin_.events.publish("request", request_event(cx, *request));
    } else {
      admin_.events.publish("quota", quota_event(cx.table, std::get<QuotaNews>(news)));
    }
  }
  if (have_counters_moved && now - counters_at_ >= kCountersEvery) {
    counters_at_ = now;
    admin_.events.publish("quota", kCountersMoved);
  }
  if (!is_lossy) return;
  if (now - resync_at_ >= kResyncEvery) {
    resync_at_ = now;
    admin_.events.publish("resync", R"({"reason":"more happened than could be told"})");
  } else {
    const std::lock_guard lock{mutex_};
    is_lossy_ = true;  // still owed
  }
}

}  // namespace freellm::server::admin
