#include "freellm/server/session.hpp"

#include "admission.hpp"
#include "cors.hpp"
#include "freellm/base/log.hpp"
#include "freellm/server/admin/serve.hpp"
#include "freellm/server/endpoint.hpp"
#include "request_body.hpp"
#include "static/dashboard.hpp"

namespace freellm::server {
namespace {

constexpr Millis kHeadTime{15'000};  ///< from the first byte of a head to its last
constexpr Millis kIdleTime{75'000};  ///< between requests
// Reading on after an early refusal, so that the client sees it: many SDKs send their whole body
// before they look for an answer. What is read is thrown away at once, so it costs no memory.
constexpr Millis kLingerTime{10'000};
constexpr Millis kLingerSilence{2'000};
constexpr std::size_t kLingerBytes = 256U << 20;
constexpr std::size_t kKeptOutput = 16 * 1024;

/// A client's request id is echoed when it is short and plain; it ends up in headers, logs and
/// URLs.
bool is_well_formed_id(std::string_view id) {
  if (id.empty() || id.size() > 128) return false;
  return std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

bool is_admin_path(std::string_view path) { return path == "/api" || path.starts_with("/api/"); }

class Session {
 public:
  Session(std::shared_ptr<net::DownstreamConnection> connection, proxy::WorkerContext& worker,
          SessionRegistry& registry)
      : worker_(worker),
        registry_(registry),
        connection_(*connection),
        deadline_(worker.net.deadlines(), [this] { connection_.close(); }),
        entry_{std::move(connection), deadline_} {
    registry_.add(entry_);
    worker_.net.live_sessions.fetch_add(1, std::memory_order_relaxed);
  }
  ~Session() {
    connection_
        .close();  // also when an exception ended the coroutine: nobody would answer any more
    worker_.net.live_sessions.fetch_sub(1, std::memory_order_relaxed);
    registry_.remove(entry_);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  net::Task<void> run();

 private:
  net::Task<Result<bool>> read_head();
  net::Task<void> serve();
  net::Task<void> refuse(proxy::Exchange& ex, Error error, std::string_view allow = {});
  net::Task<void> dispatch(proxy::Exchange& ex, const Match& match);
  net::Task<void> linger();

  [[nodiscard]] std::string request_id();
  void log_line(const proxy::Exchange& ex) const;

  proxy::WorkerContext& worker_;
  SessionRegistry& registry_;
  net::DownstreamConnection& connection_;
  net::Deadline deadline_;
  SessionEntry entry_;
  wire::Http1RequestDecoder decoder_;
  std::string out_;
  Now arrived_{};
  bool open_ = true;
};

net::Task<void> Session::run() {
  while (open_ && !worker_.services.draining.load(std::memory_order_relaxed)) {
    entry_.state = SessionEntry::State::idle;
    const auto head = co_await read_head();
    if (head && !*head) break;  // closed between requests
    entry_.state = SessionEntry::State::busy;
    if (head) {
      co_await serve();
    } else {
      proxy::Exchange ex{worker_, connection_, decoder_.head(), deadline_, out_};
      ex.arrived = arrived_;
      ex.request_id = request_id();
      co_await refuse(ex, head.error());
      log_line(ex);
    }
    decoder_.reset();
    if (out_.capacity() > kKeptOutput) std::string{}.swap(out_);
  }
  connection_.close();
}

/// True when a head is complete, false when the connection ended before one began.
net::Task<Result<bool>> Session::read_head() {
  deadline_.expires_after(kIdleTime);
  for (;;) {
    if (const auto bytes = connection_.input(); !bytes.empty()) {
      if (!decoder_.started()) {
        entry_.state = SessionEntry::State::head;
        arrived_ = worker_.services.clock.now();
        deadline_.expires_at(arrived_.steady + kHeadTime);
      }
      const auto used = decoder_.feed(bytes);
      if (!used) co_return used.error();
      connection_.consume(*used);
      if (decoder_.head_complete()) {
        deadline_.clear();
        co_return true;
      }
    }
    const bool alive = co_await connection_.more_input();
    if (!alive) co_return false;
  }
}

net::Task<void> Session::serve() {
  const auto& head = decoder_.head();
  proxy::Exchange ex{worker_, connection_, head, deadline_, out_};
  ex.arrived = arrived_;
  ex.keep_alive = head.keep_alive;
  ex.request_id = request_id();
  Match match = find_endpoint(endpoints(), head.method, head.path);
  if (match.endpoint == nullptr && match.allowed.empty()) match.endpoint = dashboard_endpoint(head);
  ex.path_argument = match.argument;
  if (!is_admin_path(head.path)) ex.cors_origin = allowed_origin(head, *worker_.settings);
  if (!ex.cors_origin.empty() && !match.allowed.empty() && is_preflight(head)) {
    const std::string_view methods = match.allowed;
    co_await answer_preflight(ex, methods);
  } else if (const Status admitted = admit(ex, match); !admitted) {
    Error why = admitted.error();
    const std::string_view allow = match.endpoint == nullptr ? match.allowed : std::string_view{};
    co_await refuse(ex, std::move(why), allow);
  } else {
    co_await dispatch(ex, match);
  }
  open_ = open_ && ex.keep_alive && connection_.is_open();
  log_line(ex);
}

net::Task<void> Session::dispatch(proxy::Exchange& ex, const Match& match) {
  auto& services = worker_.services;
  BodyBudget budget{services.counters.body_bytes_in_flight, services.max_body_bytes_in_flight};
  chat::PaddedBuffer body;
  if (ex.head.has_body()) {
    const bool is_admins = admin_entry(match.endpoint->protection).has_value();
    const std::uint64_t max_bytes =
        is_admins ? std::min(admin::kMaxBody, worker_.settings->max_body_bytes)
                  : worker_.settings->max_body_bytes;
    if (ex.head.expect_continue && ex.head.content_length.value_or(0) <= max_bytes) {
      connection_.try_send(wire::kContinueHead);
    }
    const BodyLimits limits{max_bytes, budget, is_admins};
    auto read = co_await read_body(connection_, decoder_, deadline_, limits);
    deadline_.clear();
    if (!read) {
      Error why = read.error();
      if (why.kind == ErrorKind::cancelled) {
        ex.keep_alive = false;
        ex.status = 499;
        co_return;
      }
      co_await refuse(ex, std::move(why));
      co_return;
    }
    body = std::move(*read);
  }
  if (!match.endpoint->watches) connection_.watch();
  bool broke = false;
  try {
    if (match.endpoint->admin != nullptr) {
      co_await admin::serve(ex, std::move(body), match.endpoint->admin);
    } else {
      co_await match.endpoint->handler(ex, std::move(body));
    }
  } catch (const std::exception& problem) {
    LOG_ERROR("req={} broke off err=\"{}\"", ex.request_id, problem.what());
    broke = true;
  }
  if (!broke) co_return;
  // Out of memory, most likely. Of an answer under way nobody knows how far it got.
  ex.keep_alive = false;
  if (ex.head_sent) co_return;
  Error why{.kind = ErrorKind::internal,
            .source = ErrorSource::downstream,
            .http_status = 500,
            .message = "The server broke on this request; its log says why."};
  co_await refuse(ex, std::move(why));
}

/// Answers with an error without having read the whole request. The connection cannot go on unless
/// there was nothing left to read.
net::Task<void> Session::refuse(proxy::Exchange& ex, Error error, std::string_view allow) {
  const bool unread = !decoder_.head_complete() || ex.head.has_body();
  if (unread) ex.keep_alive = false;
  out_.clear();
  std::vector<proxy::HeaderField> fields;
  if (decoder_.head_complete() && is_admin_path(ex.head.path)) {
    const auto always = admin::security_headers();
    fields.assign(always.begin(), always.end());
  }
  if (!allow.empty()) fields.push_back({"Allow", allow});
  co_await proxy::respond_error(ex, error, fields);
  if (unread) co_await linger();
}

/// Closing with unread input would reset the connection and could destroy the answer on its way.
net::Task<void> Session::linger() {
  connection_.shutdown_send();
  const auto end = std::chrono::steady_clock::now() + kLingerTime;
  std::size_t read = connection_.input().size();
  connection_.consume(read);
  deadline_.expires_after(kLingerSilence);
  bool alive =
      co_await connection_.more_input();  // ends the watch, so that the rest can pass the inbox
  connection_.consume(connection_.input().size());
  while (alive && read < kLingerBytes) {
    deadline_.expires_at(std::min(end, std::chrono::steady_clock::now() + kLingerSilence));
    // Nobody looks at these bytes, so the memory that everyone on this thread shares will do.
    const net::IoResult got = co_await connection_.read_direct(worker_.net.scratch());
    alive = got.ok();
    read += got.bytes;
  }
  deadline_.clear();
}

std::string Session::request_id() {
  if (decoder_.head_complete()) {
    const auto sent = decoder_.head().headers.find("X-Request-Id");
    if (sent && is_well_formed_id(*sent)) return std::string{*sent};
  }
  return "req_" + worker_.net.random().time_ordered_id(arrived_.wall);
}

/// The chat endpoint writes its own, richer line.
void Session::log_line(const proxy::Exchange& ex) const {
  if (ex.accounted) return;
  const auto total = std::chrono::duration_cast<Millis>(ex.now().steady - ex.arrived.steady);
  const bool known = decoder_.head_complete();
  const std::string_view method = known ? std::string_view{ex.head.method} : "-";
  const std::string_view path = known ? std::string_view{ex.head.target} : "-";
  const auto shown = path.substr(0, std::min<std::size_t>(path.find('?'), 120));
  if (ex.status >= 400) {
    LOG_INFO("req={} {} {} status={} total_ms={}", ex.request_id, method, shown, ex.status,
             total.count());
  } else {
    LOG_DEBUG("req={} {} {} status={} total_ms={}", ex.request_id, method, shown, ex.status,
              total.count());
  }
}

}  // namespace

net::Task<void> run_session(std::shared_ptr<net::DownstreamConnection> connection,
                            proxy::WorkerContext& worker, SessionRegistry& registry) {
  Session session{std::move(connection), worker, registry};
  co_await session.run();
}

}  // namespace freellm::server
