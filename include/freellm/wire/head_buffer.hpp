#pragma once
// HeadBuffer: finds the end of an HTTP/1.x head in bytes that come in pieces.
//
// Used by the request and response decoders only. A head that arrives whole is not copied. Bare LF
// is refused at once, so that a client speaking another dialect does not wait for a timeout. Not
// thread-safe.

#include <cstddef>
#include <string>
#include <string_view>

namespace freellm::wire {

class HeadBuffer {
 public:
  enum class State { incomplete, complete, too_large, bare_line_feed };
  struct Progress {
    State state = State::incomplete;
    std::size_t consumed = 0;  ///< of the bytes fed
    std::string_view
        head;  ///< when complete: blank line included; into the fed bytes or the buffer
  };

  explicit HeadBuffer(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  [[nodiscard]] Progress feed(std::string_view bytes);
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  /// What has been kept of an unfinished head.
  [[nodiscard]] std::string_view held() const { return bytes_; }
  void clear();

 private:
  std::size_t max_bytes_;
  std::string bytes_;           ///< what came before, when the head came in pieces
  std::size_t line_begin_ = 0;  ///< of the unfinished line, in bytes_
};

}  // namespace freellm::wire
