// GET /api/events: one feed of live changes, on its session's worker.
#include <charconv>

#include "freellm/net/completion.hpp"
#include "freellm/server/admin/admin.hpp"
#include "freellm/server/admin/guard.hpp"
#include "freellm/server/admin/serve.hpp"
#include "freellm/wire/chunked.hpp"

namespace freellm::server::admin {
namespace {

constexpr Millis kKeepAlive{15'000};

/// What the worker's coroutine waits on. Events come from any thread and poke it at most once until
/// it has looked.
struct Doorbell {
  std::shared_ptr<net::Completion<bool>> waiting = std::make_shared<net::Completion<bool>>();
  std::atomic<bool> rung{false};

  void ring() {
    rung.store(false, std::memory_order_release);
    waiting->complete(true);
  }
};

std::string hello(const Admin& admin, const EventHub& events, WallTime now) {
  std::string frame =
      "id: " + std::to_string(events.last_id()) + "\nevent: hello\ndata: {\"server_time\":\"";
  frame += iso_time(now);
  frame += "\",\"version\":\"" + admin.version + "\",\"fallback_version\":";
  frame += std::to_string(admin.fallback_version.load());
  frame += ",\"settings_version\":" + std::to_string(admin.settings_version.load()) + "}\n\n";
  return frame;
}

std::uint64_t resume_at(const proxy::Exchange& ex, const EventHub& events) {
  const auto sent = ex.head.headers.find("Last-Event-ID");
  std::uint64_t id = events.last_id();
  if (sent) std::from_chars(sent->data(), sent->data() + sent->size(), id);
  return id;
}

/// False when the client is gone.
net::Task<bool> send(proxy::Exchange& ex, std::string_view text) {
  const bool is_chunked = ex.head.version >= 11;
  const auto mark = is_chunked ? wire::open_chunk(ex.out) : wire::ChunkMark{};
  ex.out += text;
  if (is_chunked) wire::close_chunk(ex.out, mark);
  const SteadyTime now = ex.now().steady;
  co_return co_await proxy::flush(ex, now);
}

}  // namespace

net::Task<void> serve_events(proxy::Exchange& ex, chat::PaddedBuffer) {
  auto& admin = *ex.worker.services.admin;
  auto& events = admin.events;
  auto bell = std::make_shared<Doorbell>();
  auto& worker = ex.worker.net;
  const auto feed = events.open_feed([bell, &worker] {
    if (!bell->rung.exchange(true)) worker.post([bell] { bell->ring(); });
  });
  if (feed == nullptr) {
    const Error error =
        refusal(503, "too_many_streams", "Too many event feeds are open; close a tab.");
    co_await proxy::respond_error(ex, error, security_headers());
    co_return;
  }
  const auto token = cookie(ex.head.headers, kSessionCookie);
  const bool by_session = !ex.head.headers.contains("Authorization");
  std::uint64_t cursor = resume_at(ex, events);
  // Posted, because ringing runs this coroutine on, perhaps to the end of what rang.
  const std::function<void()> ring_soon = [bell, &worker] {
    worker.post([bell] { bell->ring(); });
  };
  ex.client.on_gone(ring_soon);
  net::Deadline pause{worker.deadlines(), ring_soon};
  proxy::append_head(ex, 200, "text/event-stream", -1, security_headers());
  std::string text = hello(admin, events, ex.now().wall);
  bool alive = co_await send(ex, text);
  while (alive && !ex.client.peer_gone() && !events.closed()) {
    if (by_session && !admin.sessions.is_valid(token.value_or(""), ex.now().wall)) break;
    bell->waiting = std::make_shared<net::Completion<bool>>();
    auto batch = events.after(cursor);
    cursor = batch.cursor;
    text = std::move(batch.frames);
    if (batch.missed) text = "event: resync\ndata: {\"reason\":\"events were missed\"}\n\n";
    if (text.empty()) {
      pause.expires_after(kKeepAlive);
      const auto waiting = bell->waiting;
      co_await waiting->wait();
      const bool is_late = pause.when() <= ex.now().steady;
      pause.clear();
      if (!is_late) continue;
      text = ": keep-alive\n\n";
    }
    alive = co_await send(ex, text);
  }
  ex.client.on_gone({});
  if (alive && ex.head.version >= 11) {
    ex.out += wire::kLastChunk;
    const SteadyTime now = ex.now().steady;
    alive = co_await proxy::flush(ex, now);
  }
  // A feed that ended whole leaves the connection to the next request, as its head promised; the
  // client may have sent one already.
  if (!alive) ex.keep_alive = false;
}

}  // namespace freellm::server::admin
