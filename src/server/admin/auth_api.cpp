// /api/auth: the password and the sessions.
#include "freellm/base/log.hpp"
#include "freellm/base/random.hpp"
#include "freellm/server/admin/guard.hpp"
#include "freellm/server/admin/password.hpp"
#include "freellm/store/accounts.hpp"
#include "json.hpp"
#include "key_rows.hpp"
#include "resources.hpp"

namespace freellm::server::admin {
namespace {

Json status_json(const Admin& admin, const Caller& caller, std::string_view token,
                 const std::optional<WallTime>& expires) {
  const bool wants_setup = !admin.password().has_value();
  return {{"setup_required", wants_setup},
          {"setup_code_required", wants_setup && !caller.is_local},
          {"authenticated", !token.empty()},
          {"csrf_token", token.empty() ? Json() : Json(csrf_token(token))},
          {"session_expires_at", time_or_null(expires)}};
}

std::string cookie_field(const Caller& caller, std::string_view token, std::int64_t max_age_s) {
  std::string value{kSessionCookie};
  value.append("=").append(token).append("; HttpOnly; SameSite=Strict; Path=/; Max-Age=");
  value += std::to_string(max_age_s);
  if (caller.is_https) value += "; Secure";
  return value;
}

Result<Reply> open_session(Admin& admin, const Request& request, int status) {
  const std::string token = random_hex(32);
  const auto now = request.now.wall;
  const auto expires = now + admin.sessions.ttl();
  store::AdminSession session{.token_hash = token_hash(token),
                              .created_at = now,
                              .last_seen_at = now,
                              .expires_at = expires,
                              .address = request.caller.address,
                              .user_agent = request.caller.user_agent};
  const Status stored = admin.change([&](store::Db& db) -> Status {
    auto id = store::add_session(db, session);
    if (!id) return id.error();
    session.id = *id;
    return {};
  });
  if (!stored) return stored.error();
  admin.sessions.add(std::move(session));
  Reply answer = reply(status_json(admin, request.caller, token, expires), status);
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(admin.sessions.ttl()).count();
  answer.headers.emplace_back("Set-Cookie", cookie_field(request.caller, token, seconds));
  return answer;
}

Status may_try(const Admin& admin, const Request& request) {
  const auto wait =
      admin.throttle.wait(request.caller.address, request.caller.is_local, request.now.steady);
  if (!wait) return {};
  auto error =
      refusal(429, "login_throttled", "Too many failed tries. Wait a moment and try again.");
  error.retry_after = *wait;
  return error;
}

Error failed_try(Admin& admin, const Request& request, Error error) {
  admin.throttle.failed(request.caller.address, request.now.steady);
  LOG_WARN("failed log-in to the dashboard address={}", request.caller.address);
  return error;
}

Status close_sessions(Admin& admin, std::int64_t keep) {
  const Status stored =
      admin.change([&](store::Db& db) { return store::remove_sessions(db, keep); });
  if (!stored) return stored;
  admin.sessions.remove_all(keep);
  admin.events.wake();
  return {};
}

}  // namespace

Result<Reply> auth_status(Admin& admin, const Request& request) {
  const auto& caller = request.caller;
  std::optional<WallTime> expires;
  if (caller.session != 0) expires = request.now.wall + admin.sessions.ttl();
  return reply(status_json(admin, caller, caller.session_token, expires));
}

Result<Reply> auth_setup(Admin& admin, const Request& request) {
  auto body = BodyReader::parse(request.body);
  if (!body) return body.error();
  body->require("password");
  const auto password = body->text("password", kMinPassword, kMaxPassword);
  const auto code = body->text("setup_code", 0, 100);
  if (const Status read = body->finish(); !read) return read.error();
  if (admin.password())
    return refusal(409, "already_set_up", "A password is set already. Log in with it.");
  if (!request.caller.is_local) {
    if (const Status allowed = may_try(admin, request); !allowed) return allowed.error();
    if (!code || code->empty()) {
      return refusal(403, "setup_code_required",
                     "From another machine the one-time code in the server's log is needed.",
                     "setup_code");
    }
    if (!constant_time_equal(*code, admin.setup_code())) {
      return failed_try(admin, request,
                        refusal(403, "setup_code_wrong",
                                "That is not the code in the server's log.", "setup_code"));
    }
  }
  if (const Status set = admin.set_password(*password, request.now); !set) return set.error();
  LOG_INFO("the dashboard's password was set address={}", request.caller.address);
  return open_session(admin, request, 201);
}

Result<Reply> auth_login(Admin& admin, const Request& request) {
  auto body = BodyReader::parse(request.body);
  if (!body) return body.error();
  body->require("password");
  const auto password = body->text("password", 0, kMaxPassword);
  if (const Status read = body->finish(); !read) return read.error();
  if (!admin.password()) return refusal(409, "setup_required", "No password is set yet.");
  if (const Status allowed = may_try(admin, request); !allowed) return allowed.error();
  if (!verify_password(*password, *admin.password())) {
    return failed_try(admin, request,
                      refusal(401, "invalid_password", "That is not the password.", "password"));
  }
  admin.throttle.succeeded(request.caller.address);
  return open_session(admin, request, 200);
}

Result<Reply> auth_logout(Admin& admin, const Request& request) {
  Reply answer = no_content();
  if (const auto id = request.caller.session; id != 0) {
    const Status stored =
        admin.change([&](store::Db& db) { return store::remove_session(db, id); });
    if (!stored) return stored.error();
    admin.sessions.remove(id);
    admin.events.wake();
    answer.headers.emplace_back("Set-Cookie", cookie_field(request.caller, "", 0));
  }
  return answer;
}

Result<Reply> auth_logout_all(Admin& admin, const Request& request) {
  if (const Status closed = close_sessions(admin, 0); !closed) return closed.error();
  Reply answer = no_content();
  answer.headers.emplace_back("Set-Cookie", cookie_field(request.caller, "", 0));
  return answer;
}

Result<Reply> auth_password(Admin& admin, const Request& request) {
  auto body = BodyReader::parse(request.body);
  if (!body) return body.error();
  body->require("current_password");
  body->require("new_password");
  const auto current = body->text("current_password", 0, kMaxPassword);
  const auto fresh = body->text("new_password", kMinPassword, kMaxPassword);
  if (const Status read = body->finish(); !read) return read.error();
  if (const Status known = check_password(admin, request, *current, "current_password"); !known)
    return known.error();
  if (const Status set = admin.set_password(*fresh, request.now); !set) return set.error();
  if (const Status closed = close_sessions(admin, request.caller.session); !closed)
    return closed.error();
  return no_content();
}

Status check_password(Admin& admin, const Request& request, std::string_view given,
                      const char* param) {
  if (const Status allowed = may_try(admin, request); !allowed) return allowed;
  if (admin.password() && verify_password(given, *admin.password())) return {};
  return failed_try(admin, request,
                    refusal(403, "invalid_password", "That is not the current password.", param));
}

Result<Reply> auth_sessions(Admin& admin, const Request& request) {
  Json rows = Json::array();
  for (const auto& session : admin.sessions.list(request.now.wall)) {
    rows.push_back({{"id", session.id},
                    {"current", session.id == request.caller.session},
                    {"created_at", iso_time(session.created_at)},
                    {"last_seen_at", iso_time(session.last_seen_at)},
                    {"expires_at", iso_time(session.expires_at)},
                    {"address", session.address},
                    {"user_agent", session.user_agent}});
  }
  return list_reply(std::move(rows));
}

Result<Reply> auth_end_session(Admin& admin, const Request& request) {
  const auto id = path_id(request, "session");
  if (!id) return id.error();
  if (!admin.sessions.is_alive(*id, request.now.wall)) {
    return refusal(404, "not_found", "There is no such session.");
  }
  const Status stored = admin.change([&](store::Db& db) { return store::remove_session(db, *id); });
  if (!stored) return stored.error();
  admin.sessions.remove(*id);
  admin.events.wake();
  return no_content();
}

}  // namespace freellm::server::admin
