#pragma once
// Http1ResponseDecoder: the upstream side of HTTP/1.x, without sockets.
//
// Feed it bytes as they come, in pieces of any size: head and body do not depend on the cuts. Body
// bytes are handed on in the very call that brought them, without a copy, so no event waits for the
// next read. One decoder serves a connection: reset() between messages keeps its memory. Not
// thread-safe.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "freellm/base/function_ref.hpp"
#include "freellm/base/result.hpp"
#include "freellm/wire/chunked.hpp"
#include "freellm/wire/head_buffer.hpp"
#include "freellm/wire/headers.hpp"

namespace freellm::wire {

struct ResponseHead {
  int status = 0;
  HeaderList headers;
  /// The server keeps the connection open and the body's end does not depend on its closing.
  bool keep_alive = false;
  bool chunked = false;
  std::optional<std::uint64_t> content_length;

  /// The media type without parameters ("text/event-stream"), or "".
  [[nodiscard]] std::string_view content_type() const;
};

/// What was asked decides whether the answer has a body.
enum class ResponseTo : std::uint8_t { other, head };

/// Errors are upstream_protocol, source upstream, retry next_route.
class Http1ResponseDecoder {
 public:
  using BodySink = FunctionRef<void(std::string_view)>;
  static constexpr std::size_t kMaxHeadBytes = 64 * 1024;
  static constexpr std::size_t kMaxFields = 256;
  static constexpr int kMaxInterim = 16;  ///< 1xx answers before the real one

  explicit Http1ResponseDecoder(ResponseTo request = ResponseTo::other) : request_(request) {}

  /// Takes bytes; body bytes go to `body` as views into `bytes`, after head() is complete. Returns
  /// how many bytes were used. Less than all means that more came than the message holds: the
  /// connection must not be used again.
  [[nodiscard]] Result<std::size_t> feed(std::string_view bytes, BodySink body);
  /// The connection closed. Fine when the message is complete or ends by closing; else an error.
  [[nodiscard]] Status feed_eof();

  /// True once a byte has come: an empty close before that is a stale pooled connection, not an
  /// answer.
  [[nodiscard]] bool started() const {
    return state_ != State::head || interim_ > 0 || !buffer_.empty();
  }
  [[nodiscard]] bool head_complete() const { return state_ != State::head; }
  /// Valid when head_complete(), until reset(). Interim (1xx) answers are never shown.
  [[nodiscard]] const ResponseHead& head() const { return head_; }
  /// Frees the head's fields, which nobody needs any more; the rest of it stays. For long streams.
  void drop_fields() { head_.headers = {}; }
  [[nodiscard]] bool message_complete() const { return state_ == State::complete; }

  void reset(ResponseTo request = ResponseTo::other);

 private:
  enum class State : std::uint8_t { head, sized_body, chunked_body, body_until_close, complete };

  [[nodiscard]] Result<std::size_t> feed_head(std::string_view bytes);
  [[nodiscard]] Result<std::size_t> feed_body(std::string_view bytes, BodySink body);
  [[nodiscard]] Status accept_head(std::string_view bytes);
  [[nodiscard]] State state_after_head() const;

  ResponseHead head_;
  HeadBuffer buffer_{kMaxHeadBytes};
  ChunkedDecoder chunks_;
  std::uint64_t left_ = 0;  ///< of a sized body
  int interim_ = 0;
  State state_ = State::head;
  ResponseTo request_;
};

}  // namespace freellm::wire
