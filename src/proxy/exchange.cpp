#include "freellm/proxy/exchange.hpp"

#include <array>

#include "freellm/chat/error_body.hpp"
#include "freellm/wire/http1_encoder.hpp"

namespace freellm::proxy {
namespace {

/// What a browser lets its page read, beside the few fields it always does.
constexpr std::string_view kExposedFields =
    "X-Request-Id, X-Routed-Via, X-Fallback-Attempts, X-Fallback-Trail, Retry-After, Server-Timing";

}  // namespace

void append_status(Exchange& ex, int status) {
  ex.status = status;
  ex.head_sent = true;
  wire::ResponseHeadWriter{ex.out, status, ex.worker.net.date().at(ex.now().wall)};
}

void append_fields(Exchange& ex, std::string& out, int status, std::string_view content_type,
                   std::int64_t content_length, std::span<const HeaderField> headers) {
  wire::HeadWriter head{out};
  if (!content_type.empty()) head.field("Content-Type", content_type);
  if (!ex.request_id.empty()) head.field("X-Request-Id", ex.request_id);
  for (const auto& [name, value] : headers) head.field(name, value);
  if (!ex.worker.settings->cors_origins.empty()) head.field("Vary", "Origin");
  if (!ex.cors_origin.empty()) {
    head.field("Access-Control-Allow-Origin", ex.cors_origin);
    head.field("Access-Control-Expose-Headers", kExposedFields);
  }
  if (status == 204) {
    // has no body, and no field may say how long it is (RFC 9110 section 8.6)
  } else if (content_length >= 0) {
    head.content_length(static_cast<std::uint64_t>(content_length));
  } else if (ex.head.version >= 11) {
    head.chunked();
  } else {
    ex.keep_alive = false;  // HTTP/1.0 knows the end of a stream by the connection's end
  }
  if (!ex.keep_alive) {
    head.connection_close();
  } else if (ex.head.version < 11) {
    head.field("Connection", "keep-alive");
  }
}

void append_head(Exchange& ex, int status, std::string_view content_type,
                 std::int64_t content_length, std::span<const HeaderField> headers) {
  append_status(ex, status);
  append_fields(ex, ex.out, status, content_type, content_length, headers);
  wire::HeadWriter{ex.out}.finish();
}

net::Task<bool> flush(Exchange& ex, SteadyTime now, std::string_view body) {
  const std::array pieces{std::string_view{ex.out}, body};
  ex.write_deadline.expires_at(now + kWriteStall);
  const net::IoResult sent = co_await ex.client.write_all(pieces);
  ex.write_deadline.clear();
  ex.out.clear();
  if (!sent.ok()) ex.keep_alive = false;
  co_return sent.ok();
}

net::Task<bool> respond(Exchange& ex, int status, std::string_view content_type,
                        std::string_view body, std::span<const HeaderField> headers) {
  append_head(ex, status, content_type, static_cast<std::int64_t>(body.size()), headers);
  const std::string_view sent_body = ex.head.method == "HEAD" ? std::string_view{} : body;
  const SteadyTime now = ex.now().steady;
  co_return co_await flush(ex, now, sent_body);
}

net::Task<bool> respond_json(Exchange& ex, int status, std::string_view body,
                             std::span<const HeaderField> headers) {
  co_return co_await respond(ex, status, "application/json", body, headers);
}

net::Task<bool> respond_error(Exchange& ex, const Error& error,
                              std::span<const HeaderField> headers) {
  const auto shape = chat::describe(error);
  chat::ErrorExtras extras;
  std::string retry_after;
  if (error.retry_after) {
    extras.retry_at = ex.now().wall + *error.retry_after;
    retry_after = std::to_string((error.retry_after->count() + 999) / 1000);
  }
  const std::string body = chat::error_body(error, extras);
  std::vector<HeaderField> all{headers.begin(), headers.end()};
  if (!retry_after.empty()) all.push_back({"Retry-After", retry_after});
  if (shape.http_status == 401) all.push_back({"WWW-Authenticate", "Bearer"});
  co_return co_await respond_json(ex, shape.http_status, body, all);
}

}  // namespace freellm::proxy
