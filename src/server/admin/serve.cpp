#include "freellm/server/admin/serve.hpp"

#include <array>
#include <exception>

#include "freellm/base/log.hpp"
#include "freellm/net/completion.hpp"
#include "freellm/server/admin/admin.hpp"
#include "freellm/server/admin/guard.hpp"
#include "freellm/server/auth.hpp"
#include "freellm/wire/ip_network.hpp"
#include "resources.hpp"

namespace freellm::server::admin {
namespace {

/// A handler that takes longer goes on, but nobody waits for it any more. What is only read should
/// be there at once: then the disk is to blame, or a change that takes its time.
constexpr Millis kPatience{30'000};
constexpr Millis kReadPatience{10'000};

/// The thread that a handler runs on.
enum class Lane : std::uint8_t { admin, memory };

constexpr std::array<proxy::HeaderField, 5> kSecurityHeaders{{
    {"Cache-Control", "no-store"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
}};

bool has_admin_token(const proxy::Exchange& ex) {
  if (!ex.head.headers.contains("Authorization")) return false;
  const auto presented = presented_key(ex.head.headers);
  return presented && ex.worker.services.admin->is_admin_token(*presented);
}

Caller caller_of(const proxy::Exchange& ex) {
  auto& admin = *ex.worker.services.admin;
  const auto& headers = ex.head.headers;
  Caller caller;
  const auto from =
      wire::client_origin(ex.client.peer(), headers, ex.worker.settings->trusted_proxies);
  caller.address = from.address;
  caller.is_local = from.is_local;
  caller.is_https = from.is_https;
  caller.origin = (from.is_https ? "https://" : "http://") +
                  std::string{wire::trim_ows(headers.find("Host").value_or(""))};
  caller.user_agent = std::string{headers.find("User-Agent").value_or("").substr(0, 200)};
  if (has_admin_token(ex)) return caller;
  if (const auto token = cookie(headers, kSessionCookie)) {
    const auto now = ex.now().wall;
    if (const auto seen = admin.sessions.find(*token, now)) {
      caller.session = seen->session.id;
      caller.session_token = std::string{*token};
      if (seen->is_due) {
        const auto session = seen->session;
        (void)admin.post([&admin, session] {
          (void)admin.change([&](store::Db& db) {
            return store::touch_session(db, session.id, session.last_seen_at, session.expires_at);
          });
        });
      }
    }
  }
  return caller;
}

Result<Reply> run(Admin& admin, const Request& request, Handler handler) {
  try {
    return handler(admin, request);
  } catch (const std::exception& problem) {
    LOG_ERROR("an admin request failed: {}", problem.what());
    return Error{.message = "This request could not be served; the log says why."};
  }
}

}  // namespace

std::span<const proxy::HeaderField> security_headers() { return kSecurityHeaders; }

Status admit(const proxy::Exchange& ex, Entry entry) {
  const auto& headers = ex.head.headers;
  auto* admin = ex.worker.services.admin;
  if (admin == nullptr) return refusal(503, "draining", "The server is starting or stopping.");
  if (!is_allowed_host(headers.find("Host").value_or(""), admin->hosts())) {
    return refusal(
        421, "host_not_allowed",
        "The Host header names another site. Use localhost, an IP address or a name listed in "
        "server.allowed_hosts.");
  }
  if (entry == Entry::open) return {};
  if (entry == Entry::session && has_admin_token(ex)) return {};
  if (!is_safe_method(ex.head.method) && !is_own_origin(headers)) {
    return refusal(403, "origin_not_allowed", "Pages of other sites may not do this.");
  }
  if (entry == Entry::log_in) return {};
  const auto token = cookie(headers, kSessionCookie);
  if (!token || headers.contains("Authorization") || !admin->sessions.find(*token, ex.now().wall)) {
    auto error = refusal(401, "not_authenticated",
                         "Log in first, or send the admin token as a bearer token.");
    error.kind = ErrorKind::unauthorized;
    return error;
  }
  if (is_safe_method(ex.head.method)) return {};
  const auto sent = headers.find("X-CSRF-Token");
  if (!sent || !constant_time_equal(*sent, csrf_token(*token))) {
    return refusal(403, "csrf_failed",
                   "Send the CSRF token of GET /api/auth/status as X-CSRF-Token.");
  }
  return {};
}

namespace {

bool post(Admin& admin, Lane lane, std::function<void()> job) {
  return lane == Lane::memory ? admin.post_from_memory(std::move(job)) : admin.post(std::move(job));
}

net::Task<void> serve_in(Lane lane, proxy::Exchange& ex, chat::PaddedBuffer body, Handler handler) {
  auto& admin = *ex.worker.services.admin;
  auto& worker = ex.worker.net;
  using Outcome = std::shared_ptr<Result<Reply>>;
  auto answer = std::make_shared<net::Completion<Outcome>>();
  auto request = std::make_shared<Request>();
  request->argument = ex.path_argument;
  request->query = ex.head.query;
  request->body = body.view();
  secure_zero(body.data(), body.size());
  request->if_match = ex.head.headers.find("If-Match").value_or("");
  request->caller = caller_of(ex);
  request->now = ex.now();
  request->routes = ex.worker.routes;
  // Posted, because going on at once would destroy the deadline inside its own action.
  net::Deadline patience{worker.deadlines(), [&worker, answer] {
                           worker.post([answer] { answer->complete(nullptr); });
                         }};
  patience.expires_after(is_safe_method(ex.head.method) ? kReadPatience : kPatience);
  const bool queued = post(admin, lane, [&admin, &worker, answer, request, handler] {
    auto outcome = std::make_shared<Result<Reply>>(run(admin, *request, handler));
    secure_zero(request->body.data(), request->body.size());  // it may hold keys or a password
    worker.post([answer, outcome] { answer->complete(outcome); });
  });
  if (!queued) {
    const Error error = refusal(503, "storage_unavailable",
                                "Too many requests are waiting; try again in a moment.");
    co_await proxy::respond_error(ex, error, security_headers());
    co_return;
  }
  const Outcome outcome = co_await answer->wait();
  patience.clear();
  if (outcome == nullptr) {
    const Error error = refusal(503, "storage_unavailable",
                                "The disk of the database does not answer, or another change takes "
                                "long; try again in a moment.");
    co_await proxy::respond_error(ex, error, security_headers());
    co_return;
  }
  if (!*outcome) {
    const Error error = outcome->error();
    co_await proxy::respond_error(ex, error, security_headers());
    co_return;
  }
  const Reply& reply = **outcome;
  std::vector<proxy::HeaderField> headers{kSecurityHeaders.begin(), kSecurityHeaders.end()};
  for (const auto& [name, value] : reply.headers) {
    std::erase_if(headers, [&](const auto& field) { return field.name == name; });
    headers.push_back({name, value});
  }
  co_await proxy::respond(ex, reply.status, reply.content_type, reply.body, headers);
}

}  // namespace

net::Task<void> serve(proxy::Exchange& ex, chat::PaddedBuffer body, Handler handler) {
  auto served = serve_in(Lane::admin, ex, std::move(body), handler);
  co_await std::move(served);
}

net::Task<void> serve_metrics(proxy::Exchange& ex, chat::PaddedBuffer body) {
  auto served = serve_in(Lane::memory, ex, std::move(body), &get_metrics);
  co_await std::move(served);
}

}  // namespace freellm::server::admin
