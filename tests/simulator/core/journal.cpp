#include "core/journal.hpp"

#include <algorithm>
#include <chrono>

namespace simulator {
namespace {

constexpr std::size_t kMaxEntries = 2000;
constexpr std::size_t kMaxStoredBody = 1024 * 1024;

bool is_secret(std::string_view name) {
  for (const std::string_view secret :
       {"authorization", "x-api-key", "x-goog-api-key", "api-key", "cookie"})
    if (equals_ignoring_case(name, secret)) return true;
  return false;
}

std::string without_key(std::string_view target) {
  std::string out{target};
  const auto at = out.find("key=");
  if (at == std::string::npos) return out;
  const auto end = out.find('&', at);
  return out.replace(at + 4, end == std::string::npos ? std::string::npos : end - at - 4, "***");
}

}  // namespace

std::int64_t unix_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

Entry& Journal::open(const HttpRequest& request, std::uint64_t connection) {
  if (entries_.size() == kMaxEntries) entries_.pop_front();
  auto& entry = entries_.emplace_back();
  entry.serial = ++last_serial_;
  entry.connection = connection;
  entry.received_ms = unix_ms();
  entry.method = request.method;
  entry.target = without_key(request.target);
  for (const auto& header : request.headers)
    entry.headers.emplace_back(header.name, is_secret(header.name) ? "***" : header.value);
  entry.body = request.body.substr(0, kMaxStoredBody);
  return entry;
}

Entry* Journal::find(std::uint64_t serial) {
  const auto at = std::lower_bound(
      entries_.begin(), entries_.end(), serial,
      [](const Entry& entry, std::uint64_t wanted) { return entry.serial < wanted; });
  return at != entries_.end() && at->serial == serial ? &*at : nullptr;
}

void Journal::close(std::uint64_t serial, bool aborted_by_peer) {
  if (auto* entry = find(serial)) {
    entry->finished_ms = unix_ms();
    entry->aborted_by_peer = aborted_by_peer;
  }
  touched();
}

void Journal::touched() {
  // An answered waiter's connection may go on to its next request and wait again: keys stay good
  // where iterators would not.
  std::vector<std::uint64_t> waiting;
  for (const auto& [id, ask] : waiters_) waiting.push_back(id);
  for (const auto id : waiting) {
    const auto at = waiters_.find(id);
    if (at == waiters_.end()) continue;
    auto ask = at->second;
    if (ask()) waiters_.erase(id);
  }
}

std::uint64_t Journal::wait(std::function<bool()> ask) {
  waiters_.emplace(++last_waiter_, std::move(ask));
  return last_waiter_;
}

Json Journal::to_json(const Entry& entry) const {
  Json headers = Json::object();
  for (const auto& [name, value] : entry.headers) {
    std::string lowered = name;
    std::transform(lowered.begin(), lowered.end(), lowered.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    headers[lowered] = value;
  }
  auto body = Json::parse(entry.body, nullptr, false);
  if (body.is_discarded()) body = entry.body;
  return {{"serial", entry.serial},
          {"connection", entry.connection},
          {"received_ms", entry.received_ms},
          {"method", entry.method},
          {"target", entry.target},
          {"platform", entry.platform},
          {"model", entry.model},
          {"key_tail", entry.key_tail},
          {"headers", std::move(headers)},
          {"body", std::move(body)},
          {"is_chat", entry.is_chat},
          {"status", entry.status},
          {"finished_ms", entry.finished_ms},
          {"aborted_by_peer", entry.aborted_by_peer},
          {"faults", entry.faults},
          {"refused", entry.refused}};
}

}  // namespace simulator
