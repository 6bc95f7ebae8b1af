#pragma once
// Http1RequestDecoder: the downstream side of HTTP/1.x, without sockets.
//
// Feed it bytes as they come, in pieces of any size: the outcome does not depend on the cuts. It is
// strict, because everything a lenient parser lets through is a way to smuggle a request past
// someone. One decoder serves a connection: reset() between requests keeps its memory. Not
// thread-safe.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "freellm/base/function_ref.hpp"
#include "freellm/base/result.hpp"
#include "freellm/wire/chunked.hpp"
#include "freellm/wire/head_buffer.hpp"
#include "freellm/wire/headers.hpp"

namespace freellm::wire {

struct RequestHead {
  std::string method;  ///< as sent: methods are case-sensitive
  std::string target;  ///< as sent
  std::string path;    ///< percent-decoded, see parse_target()
  std::string query;   ///< as sent, without '?'
  HeaderList headers;
  int version = 11;              ///< 10 or 11
  bool keep_alive = true;        ///< what the client wants; the server may still close
  bool expect_continue = false;  ///< waits for "100 Continue" before it sends the body
  bool chunked = false;
  std::optional<std::uint64_t> content_length;

  [[nodiscard]] bool has_body() const { return chunked || content_length.value_or(0) > 0; }
};

/// Errors are bad_request or payload_too_large, source downstream, with `http_status` 400, 413,
/// 414, 431, 501 or 505. After an error the connection must be closed: where the next request
/// begins is unknown.
class Http1RequestDecoder {
 public:
  static constexpr std::size_t kMaxTargetBytes = 8 * 1024;
  static constexpr std::size_t kMaxHeadBytes = 32 * 1024;
  static constexpr std::size_t kMaxFields = 100;

  /// Takes bytes of the head. Returns how many were used: all of them, or up to the end of the
  /// head. Call it only while head_complete() is false.
  [[nodiscard]] Result<std::size_t> feed(std::string_view bytes);
  [[nodiscard]] bool head_complete() const { return head_complete_; }
  /// True once a byte of a request has come; tells an idle connection from a slow request.
  [[nodiscard]] bool started() const { return head_complete_ || !buffer_.empty(); }
  /// Valid when head_complete(), until reset().
  [[nodiscard]] const RequestHead& head() const { return head_; }

  /// Takes bytes of a chunked body and hands its payload to `piece` as views into `bytes`. Returns
  /// how many bytes were used: all of them, or up to the end of the message. Bodies with a
  /// Content-Length need no decoding: the server reads that many bytes itself. The size bound on
  /// the payload is the caller's.
  [[nodiscard]] Result<std::size_t> feed_body(std::string_view bytes,
                                              FunctionRef<void(std::string_view)> piece);
  /// True when the last byte of a chunked body was taken, or when the message has no body.
  [[nodiscard]] bool body_complete() const;

  /// Ready for the next request of the connection.
  void reset();

 private:
  [[nodiscard]] Status accept_head(std::string_view bytes);
  [[nodiscard]] Error explain_oversize(std::string_view bytes) const;

  RequestHead head_;
  HeadBuffer buffer_{kMaxHeadBytes};
  ChunkedDecoder body_;
  bool head_complete_ = false;
  int blank_lines_ = 0;  ///< before the request line
};

}  // namespace freellm::wire
