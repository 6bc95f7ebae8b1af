#include "freellm/net/connection_pool.hpp"

#include <algorithm>

namespace freellm::net {

ConnectionPool::ConnectionPool(DeadlineQueue& deadlines, PoolLimits limits)
    : limits_(limits), sweep_(deadlines, [this] { expire(); }) {}

std::unique_ptr<ByteStream> ConnectionPool::take(const wire::Origin& origin,
                                                 const wire::Egress& egress) {
  const auto found = idle_.find(WayView{origin, egress});
  if (found == idle_.end()) return nullptr;
  auto& list = found->second;
  while (!list.empty()) {
    auto stream = std::move(list.back().stream);
    list.pop_back();
    set_total(idle_count() - 1);
    if (stream->idle_and_alive()) return stream;
    stream->close();
  }
  return nullptr;
}

void ConnectionPool::give_back(const wire::Origin& origin, std::unique_ptr<ByteStream> stream,
                               const wire::Egress& egress) {
  if (shut_down_) return stream->close();
  auto found = idle_.find(WayView{origin, egress});
  if (found == idle_.end()) found = idle_.try_emplace(Way{origin, egress}).first;
  auto& list = found->second;
  if (list.size() >= limits_.per_origin) {
    list.front().stream->close();
    list.erase(list.begin());
    set_total(idle_count() - 1);
  } else if (idle_count() >= limits_.total) {
    drop_coldest();
  }
  list.push_back({std::move(stream), std::chrono::steady_clock::now()});
  set_total(idle_count() + 1);
  if (sweep_.when() == SteadyTime::max()) sweep_.expires_after(limits_.idle_ttl);
}

void ConnectionPool::drop_coldest() {
  std::vector<Idle>* coldest = nullptr;
  for (auto& [origin, list] : idle_) {
    if (!list.empty() && (coldest == nullptr || list.front().since < coldest->front().since))
      coldest = &list;
  }
  if (coldest == nullptr) return;
  coldest->front().stream->close();
  coldest->erase(coldest->begin());
  set_total(idle_count() - 1);
}

void ConnectionPool::expire() {
  const auto limit = std::chrono::steady_clock::now() - limits_.idle_ttl;
  auto next = SteadyTime::max();
  for (auto item = idle_.begin(); item != idle_.end();) {
    auto& list = item->second;
    const auto fresh =
        std::find_if(list.begin(), list.end(), [&](const Idle& i) { return i.since > limit; });
    for (auto old = list.begin(); old != fresh; ++old) old->stream->close();
    set_total(idle_count() - static_cast<std::size_t>(fresh - list.begin()));
    list.erase(list.begin(), fresh);
    if (!list.empty()) next = std::min(next, list.front().since + limits_.idle_ttl);
    item = list.empty() ? idle_.erase(item) : std::next(item);
  }
  if (next != SteadyTime::max()) sweep_.expires_at(next);
}

void ConnectionPool::shut_down() {
  shut_down_ = true;
  clear();
}

void ConnectionPool::clear() {
  for (auto& [origin, list] : idle_) {
    for (auto& idle : list) idle.stream->close();
  }
  idle_.clear();
  set_total(0);
  sweep_.clear();
}

}  // namespace freellm::net
