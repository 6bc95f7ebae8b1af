#pragma once
// Reads one HTTP/1.1 answer after the other from bytes cut anywhere, and counts the SSE events in
// them. Keeps no body. Not thread-safe; trusts the server more than a real client should.

#include <cstddef>
#include <string>
#include <string_view>

namespace load {

class ResponseReader {
 public:
  struct Seen {
    std::size_t events = 0;
    bool token = false;     ///< text of the model: the first "content" that is not empty is in
    bool complete = false;  ///< the answer ended; reset() before the next
  };

  /// Bytes behind the end of an answer are ignored: nothing is pipelined.
  Seen feed(std::string_view bytes);
  void reset();

  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] bool broken() const { return broken_; }
  /// The first bytes of the body, for error messages.
  [[nodiscard]] const std::string& excerpt() const { return excerpt_; }

 private:
  enum class State { head, sized, chunk_size, chunk_bytes, chunk_end, trailer, done };

  void take_head(std::string_view& bytes);
  void read_head();
  void take_payload(std::string_view& bytes, Seen& seen, State after);
  void take_chunk_size(std::string_view& bytes);
  void take_line(std::string_view& bytes, State after);
  void count_events(std::string_view payload, Seen& seen);
  void look_for_token(std::string_view payload);

  State state_ = State::head;
  std::string head_;
  std::string excerpt_;
  std::size_t left_ = 0;  ///< of the sized body or of the chunk
  int status_ = 0;
  bool last_was_newline_ = false;
  bool has_token_ = false;
  std::string tail_;  ///< end of the payload before, while no token was seen
  bool line_is_empty_ = true;
  bool broken_ = false;
};

}  // namespace load
