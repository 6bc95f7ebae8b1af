#pragma once
// Exchange: one request of a client and the answer to it, as far as HTTP goes. Made by the session,
// handed to the endpoint, and read again by the session afterwards (may the connection live on?).
//
// Belongs to the session's coroutine and thread.

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "freellm/base/clock.hpp"
#include "freellm/base/error.hpp"
#include "freellm/net/deadline.hpp"
#include "freellm/net/downstream_connection.hpp"
#include "freellm/net/task.hpp"
#include "freellm/proxy/context.hpp"
#include "freellm/wire/http1_request_decoder.hpp"

namespace freellm::proxy {

struct HeaderField {
  std::string_view name;
  std::string_view value;
};

struct Exchange {
  WorkerContext& worker;
  net::DownstreamConnection& client;
  const wire::RequestHead& head;
  /// Closes the client's connection when a write makes no progress. Set around writes only.
  net::Deadline& write_deadline;
  std::string& out;  ///< output buffer, kept by the session between requests

  std::string request_id;
  std::string path_argument;     ///< what stood for {id} in the endpoint's path
  std::string_view cors_origin;  ///< the browser origin that may read the answer; "" = none
  Now arrived{};                 ///< first byte of the head
  bool keep_alive = true;        ///< may still be turned off by the endpoint
  bool head_sent = false;
  int status = 0;          ///< as answered; 499 = client gone before any answer
  bool accounted = false;  ///< the access line has been written

  [[nodiscard]] Now now() const { return worker.services.clock.now(); }
};

/// How long one write to a client may make no progress.
inline constexpr Millis kWriteStall{30'000};

/// Appends the response head to ex.out: status line, Date, X-Request-Id, `headers`, framing,
/// Connection. `content_length` of -1 means chunked (or until close for HTTP/1.0).
void append_head(Exchange& ex, int status, std::string_view content_type,
                 std::int64_t content_length, std::span<const HeaderField> headers = {});
/// Its parts, for who knows the fields before the answer begins: status line and Date to ex.out,
/// and the rest, without the blank line, to `out`.
void append_status(Exchange& ex, int status);
void append_fields(Exchange& ex, std::string& out, int status, std::string_view content_type,
                   std::int64_t content_length, std::span<const HeaderField> headers = {});

/// Sends ex.out followed by `body` and clears ex.out. False when the client is gone, or took
/// nothing for kWriteStall from `now` on.
net::Task<bool> flush(Exchange& ex, SteadyTime now, std::string_view body = {});

/// A whole answer. Sets ex.status. Does not send the body for HEAD.
net::Task<bool> respond(Exchange& ex, int status, std::string_view content_type,
                        std::string_view body, std::span<const HeaderField> headers = {});
net::Task<bool> respond_json(Exchange& ex, int status, std::string_view body,
                             std::span<const HeaderField> headers = {});
/// The error's body and status, with Retry-After when it has one.
net::Task<bool> respond_error(Exchange& ex, const Error& error,
                              std::span<const HeaderField> headers = {});

}  // namespace freellm::proxy
