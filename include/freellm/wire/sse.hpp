#pragma once
// Server-sent events: decoding of what providers stream, framing of what we stream.
//
// The decoder takes any split of the bytes, LF, CRLF and CR line ends, a byte order mark, comments
// and multi-line data (WHATWG HTML §9.2.6). An event that lies whole in the bytes fed is handed on
// without a copy. Not thread-safe.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "freellm/base/function_ref.hpp"
#include "freellm/base/result.hpp"

namespace freellm::wire {

/// Views are valid during the call that hands the event over.
struct SseEvent {
  std::string_view type;  ///< of the `event:` field; empty when there was none
  std::string_view data;  ///< lines joined by '\n'
};

class SseDecoder {
 public:
  using Sink = FunctionRef<void(const SseEvent&)>;
  static constexpr std::size_t kMaxEventBytes = 16 * 1024 * 1024;

  explicit SseDecoder(std::size_t max_event_bytes = kMaxEventBytes) : max_bytes_(max_event_bytes) {}

  // Views into its own strings would not survive a move.
  SseDecoder(const SseDecoder&) = delete;
  SseDecoder& operator=(const SseDecoder&) = delete;

  /// Calls `on_event` for every event completed by `bytes`. An error (upstream_protocol) means that
  /// a line or an event exceeds the bound; the decoder is of no further use then.
  [[nodiscard]] Status feed(std::string_view bytes, Sink on_event);
  /// The stream ended: an event that lacks only its blank line is handed over too, because
  /// providers forget it.
  [[nodiscard]] Status finish(Sink on_event);

  /// Comments and events without data so far: signs of life that carry nothing.
  [[nodiscard]] std::uint64_t liveness_signs() const { return liveness_signs_; }
  /// True when bytes of an unfinished line or event are held.
  [[nodiscard]] bool has_partial_event() const { return !line_.empty() || has_data_ || has_type_; }
  /// Ready for another stream; keeps the memory.
  void reset();

 private:
  void take_line_part(std::string_view part, Sink on_event);
  void take_line(std::string_view line, Sink on_event);
  void take_field(std::string_view line);
  void take_data(std::string_view value);
  void dispatch(Sink on_event);
  void keep_views();

  std::size_t max_bytes_;
  std::string line_;         ///< beginning of a line whose end has not come
  std::string whole_line_;   ///< the line that began in line_, while views point into it
  std::string joined_data_;  ///< when data_ could not stay a view into foreign bytes
  std::string kept_type_;
  std::string_view data_;  ///< into the fed bytes, whole_line_ or joined_data_
  std::string_view type_;
  std::uint64_t liveness_signs_ = 0;
  bool has_data_ = false;
  bool has_type_ = false;
  bool data_is_joined_ = false;
  bool skip_line_feed_ = false;  ///< the last byte fed was a CR
  bool at_start_ = true;         ///< a byte order mark may come
};

/// Appends "data: ...\n\n"; a payload with line ends becomes several data lines.
void append_sse_event(std::string& out, std::string_view data);
/// Likewise with an `event:` line before it. `type` must hold no line end.
void append_sse_event(std::string& out, std::string_view type, std::string_view data);

}  // namespace freellm::wire
