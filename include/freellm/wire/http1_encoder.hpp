#pragma once
// Writes HTTP/1.1 heads by appending to a string the caller owns.
//
// Nothing that comes from outside can break out of its place: control and non-ASCII characters in
// values become '?', in targets they are percent-encoded, and a field with a malformed name is left
// out. Not thread-safe.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "freellm/base/clock.hpp"
#include "freellm/wire/url.hpp"

namespace freellm::wire {

/// "Not Found" for 404; "Unknown" for codes without a registered phrase.
[[nodiscard]] std::string_view reason_phrase(int status);

/// "Sun, 06 Nov 1994 08:49:37 GMT" (IMF-fixdate, RFC 9110 §5.6.7).
[[nodiscard]] std::string http_date(WallTime when);

/// The Date field's value, formatted once a second. One per thread.
class DateCache {
 public:
  /// Valid until the next call.
  [[nodiscard]] std::string_view at(WallTime now);

 private:
  std::int64_t second_ = -1;
  std::string text_;
};

/// Fields common to both kinds of head. finish() must be the last call. By itself it writes fields
/// that a start line is put in front of later.
class HeadWriter {
 public:
  explicit HeadWriter(std::string& out) : out_(out) {}
  HeadWriter& field(std::string_view name, std::string_view value);
  HeadWriter& field(std::string_view name, std::uint64_t value);
  HeadWriter& content_length(std::uint64_t bytes) { return field("Content-Length", bytes); }
  HeadWriter& chunked() { return field("Transfer-Encoding", "chunked"); }
  HeadWriter& connection_close() { return field("Connection", "close"); }
  /// The blank line.
  void finish() { out_ += "\r\n"; }

 protected:
  std::string& out_;
};

/// ResponseHeadWriter{out, 200, date.at(now.wall)}.field(...).chunked().finish();
class ResponseHeadWriter : public HeadWriter {
 public:
  /// Appends the status line and, unless empty, the Date field. `out` must outlive the writer.
  ResponseHeadWriter(std::string& out, int status, std::string_view date);
};

class RequestHeadWriter : public HeadWriter {
 public:
  /// Appends the request line and the Host field of `origin`. `target` is in origin-form.
  RequestHeadWriter(std::string& out, std::string_view method, std::string_view target,
                    const Origin& origin);
};

/// "HTTP/1.1 100 Continue" and its blank line.
inline constexpr std::string_view kContinueHead = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace freellm::wire
