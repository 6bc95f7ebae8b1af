#include "freellm/server/admin/events.hpp"

namespace freellm::server::admin {

void EventHub::publish(std::string_view type, std::string_view json) {
  std::vector<std::shared_ptr<Feed>> feeds;
  {
    const std::lock_guard lock{mutex_};
    ++last_;
    std::string frame = "id: " + std::to_string(last_) + "\nevent: ";
    frame.append(type).append("\ndata: ").append(json).append("\n\n");
    ring_.push_back(std::move(frame));
    if (ring_.size() > kRing) ring_.pop_front();
    feeds = feeds_now();
  }
  for (const auto& feed : feeds) (*feed)();
}

std::uint64_t EventHub::last_id() const {
  const std::lock_guard lock{mutex_};
  return last_;
}

EventHub::Batch EventHub::after(std::uint64_t cursor) const {
  const std::lock_guard lock{mutex_};
  Batch batch{.frames = {}, .cursor = last_, .missed = false};
  const std::uint64_t first = last_ - ring_.size() + 1;
  // An id from the future is one of an earlier process.
  batch.missed = cursor > last_ || cursor + 1 < first;
  if (batch.missed) return batch;
  for (std::uint64_t id = cursor + 1; id <= last_; ++id) batch.frames += ring_[id - first];
  return batch;
}

std::shared_ptr<EventHub::Feed> EventHub::open_feed(Feed wake) {
  const std::lock_guard lock{mutex_};
  if (closed_ || feeds_now().size() >= kMaxFeeds) return nullptr;
  const bool is_first = watch_->feeds.fetch_add(1) == 0;
  const std::shared_ptr<Feed> feed{new Feed(std::move(wake)), [watch = watch_](const Feed* gone) {
                                     delete gone;
                                     if (watch->feeds.fetch_sub(1) == 1 && watch->told)
                                       watch->told(false);
                                   }};
  if (is_first) {
    // Nobody was told what happened since: an id from before the pause must not seem complete.
    ring_.clear();
    ++last_;
    if (watch_->told) watch_->told(true);
  }
  feeds_.push_back(feed);
  return feed;
}

void EventHub::close() {
  std::vector<std::shared_ptr<Feed>> feeds;
  {
    const std::lock_guard lock{mutex_};
    closed_ = true;
    feeds = feeds_now();
  }
  for (const auto& feed : feeds) (*feed)();
}

void EventHub::wake() {
  std::vector<std::shared_ptr<Feed>> feeds;
  {
    const std::lock_guard lock{mutex_};
    feeds = feeds_now();
  }
  for (const auto& feed : feeds) (*feed)();
}

bool EventHub::closed() const {
  const std::lock_guard lock{mutex_};
  return closed_;
}

std::vector<std::shared_ptr<EventHub::Feed>> EventHub::feeds_now() {
  std::vector<std::shared_ptr<Feed>> alive;
  for (const auto& feed : feeds_) {
    if (auto held = feed.lock()) alive.push_back(std::move(held));
  }
  feeds_.assign(alive.begin(), alive.end());
  return alive;
}

}  // namespace freellm::server::admin
