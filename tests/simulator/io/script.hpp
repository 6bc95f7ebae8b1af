#pragma once
// What a connection is to send, as data: an answer is written down whole, faults edit it, and the
// connection plays it. Scripts are immutable once handed to a connection and may be shared.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/event_loop.hpp"

namespace simulator {

/// One write, `wait` after the one before.
struct Step {
  std::string bytes;
  Millis wait{0};
};

enum class Ending {
  keep_alive,
  close,  ///< FIN after the last step
  reset,  ///< RST after the last step
  stall,  ///< stays open and silent until the peer leaves
};

/// Where a script waits to be released (`Connection::release`) instead of for a time to pass.
enum class Hold {
  never,
  once,   ///< before step `hold_at`, which may be the ending
  every,  ///< before `hold_at` and each step after it
};

struct Script {
  std::vector<Step> steps;
  Ending ending = Ending::keep_alive;
  Hold hold = Hold::never;
  std::size_t hold_at = 0;
};

/// One event of a streamed body; `tokens` is how much model output it carries, for pacing.
struct StreamEvent {
  std::string bytes;
  int tokens = 0;
};

using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// An HTTP answer before it becomes bytes. `body` is used when `events` is empty.
struct Reply {
  int status = 200;
  std::string content_type = "application/json";
  HeaderList headers;
  std::string body;
  std::vector<StreamEvent> events;
  bool is_stream = false;
};

/// How fast a reply is played.
struct Pace {
  Millis before_head{0};
  double tokens_per_second = 0;  ///< 0 = at once
};

[[nodiscard]] std::string head_bytes(const Reply& reply, std::string_view framing_header);
/// `bytes` as one chunk of a chunked body.
[[nodiscard]] std::string as_chunk(std::string_view bytes);
/// Streams: head, one chunked write per event, the final chunk. Others: one write.
[[nodiscard]] Script to_script(const Reply& reply, const Pace& pace);
[[nodiscard]] std::string_view reason_phrase(int status);

}  // namespace simulator
