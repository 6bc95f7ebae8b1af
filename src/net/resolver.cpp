#include "freellm/net/resolver.hpp"

#include <netdb.h>

#include <cstring>
#include <optional>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "freellm/base/clock.hpp"

namespace freellm::net {
namespace {

using namespace std::chrono_literals;

constexpr auto kFresh = 60s;
constexpr auto kStale = 600s;
constexpr std::size_t kThreads = 2;
constexpr std::size_t kMaxQueued = 256;
constexpr std::size_t kMaxCached = 1024;

Error lookup_failed(const std::string& host, std::string_view why) {
  return Error{.kind = ErrorKind::connect,
               .source = ErrorSource::upstream,
               .retry = Retry::next_route,
               .message = "cannot resolve " + host + ": " + std::string{why}};
}

}  // namespace

struct Resolver::State {
  struct Waiter {
    boost::asio::io_context* context;
    std::function<void(Result<Addresses>)> answer;
  };
  struct Entry {
    Addresses addresses;
    SteadyTime looked_up{};
    bool known = false;
    bool in_progress = false;
    std::vector<Waiter> waiters;
  };

  explicit State(Lookup function) : lookup(std::move(function)) {}

  void run();
  void deliver(const std::string& host, Result<Addresses> result);
  void shrink();

  Lookup lookup;
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::string> queue;
  std::unordered_map<std::string, Entry> entries;
  bool stopping = false;
  std::vector<std::thread> threads;
};

void Resolver::State::run() {
  for (;;) {
    std::string host;
    {
      std::unique_lock lock{mutex};
      wake.wait(lock, [this] { return stopping || !queue.empty(); });
      if (stopping) return;
      host = std::move(queue.front());
      queue.pop_front();
    }
    deliver(host, lookup(host));
  }
}

void Resolver::State::deliver(const std::string& host, Result<Addresses> result) {
  std::vector<Waiter> waiters;
  {
    const std::lock_guard lock{mutex};
    Entry& entry = entries[host];
    entry.in_progress = false;
    waiters.swap(entry.waiters);
    if (result) {
      entry.addresses = *result;
      entry.looked_up = std::chrono::steady_clock::now();
      entry.known = true;
    } else if (!entry.known) {
      entries.erase(host);  // failures are not remembered: the next request asks again
    }
    if (stopping) return;
    // Posting under the lock keeps stop() from returning while an io_context is still being used.
    for (auto& waiter : waiters) {
      boost::asio::post(*waiter.context,
                        [answer = std::move(waiter.answer), result] { answer(result); });
    }
  }
}

void Resolver::State::shrink() {
  if (entries.size() < kMaxCached) return;
  std::erase_if(entries, [](const auto& item) { return !item.second.in_progress; });
}

Resolver::Resolver(Lookup lookup) : state_(std::make_shared<State>(std::move(lookup))) {
  for (std::size_t i = 0; i < kThreads; ++i) {
    state_->threads.emplace_back([state = state_] { state->run(); });
  }
}

Resolver::~Resolver() { stop(); }

void Resolver::stop() {
  {
    const std::lock_guard lock{state_->mutex};
    state_->stopping = true;
    state_->queue.clear();
    for (auto& [host, entry] : state_->entries) entry.waiters.clear();
  }
  state_->wake.notify_all();
  // A getaddrinfo in progress cannot be interrupted: those threads are left to end by themselves;
  // they own a share of the state and touch no io_context any more.
  for (auto& thread : state_->threads) {
    if (thread.joinable()) thread.detach();
  }
}

void Resolver::resolve(const std::string& host, boost::asio::io_context& context,
                       std::function<void(Result<Addresses>)> answer) {
  boost::system::error_code not_literal;
  const auto literal = boost::asio::ip::make_address(host, not_literal);
  if (!not_literal) return answer(Addresses{literal});

  std::optional<Addresses> cached;
  std::optional<Error> refused;
  {
    const std::lock_guard lock{state_->mutex};
    state_->shrink();
    auto& entry = state_->entries[host];
    const auto age = std::chrono::steady_clock::now() - entry.looked_up;
    if (entry.known && age < kStale) cached = entry.addresses;
    const bool wanted = !cached || age >= kFresh;
    if (wanted && !entry.in_progress) {
      if (state_->queue.size() >= kMaxQueued) {
        if (!cached) refused = lookup_failed(host, "too many lookups are waiting");
      } else {
        entry.in_progress = true;
        state_->queue.push_back(host);
        state_->wake.notify_one();
      }
    }
    if (!cached && !refused) {
      entry.waiters.push_back({&context, std::move(answer)});
      return;
    }
  }
  if (refused) return answer(*refused);
  answer(std::move(*cached));
}

Resolver::Lookup Resolver::system_lookup() {
  return [](const std::string& host) -> Result<Addresses> {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* list = nullptr;
    const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
    if (code != 0) return lookup_failed(host, ::gai_strerror(code));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{list, &::freeaddrinfo};
    Addresses addresses;
    for (const addrinfo* item = list; item != nullptr; item = item->ai_next) {
      boost::asio::ip::tcp::endpoint endpoint;
      if (item->ai_addrlen > endpoint.capacity()) continue;
      std::memcpy(endpoint.data(), item->ai_addr, item->ai_addrlen);
      addresses.push_back(endpoint.address());
    }
    if (addresses.empty()) return lookup_failed(host, "no address");
    return addresses;
  };
}

}  // namespace freellm::net
