#pragma once
// Chunked transfer coding: framing for what we send, decoding for what we receive.
//
// Framing writes the length in front of the payload after the payload is known, so head, length,
// payload and end are one contiguous string and one send(). Not thread-safe.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "freellm/base/function_ref.hpp"
#include "freellm/base/result.hpp"

namespace freellm::wire {

/// Where an open chunk stands in its string.
struct ChunkMark {
  std::size_t at = 0;
};

/// Reserves room for a chunk's length at the end of `out`; append the payload after it, then
/// close_chunk().
[[nodiscard]] ChunkMark open_chunk(std::string& out);
/// Fills in the length and ends the chunk. An empty chunk is taken back, because it would end the
/// message.
void close_chunk(std::string& out, ChunkMark mark);
/// The end of a chunked message, without trailers.
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

/// Takes a chunked body apart. Buffers nothing: payload is handed on as views into the bytes fed.
/// Extensions and trailers are dropped and bounded.
class ChunkedDecoder {
 public:
  static constexpr std::size_t kMaxExtensionBytes = 1024;  ///< per chunk
  static constexpr std::size_t kMaxTrailerBytes = 8 * 1024;
  static constexpr int kMaxSizeDigits = 16;

  /// Returns how many bytes were used (all, or up to the end of the message); nullopt when they are
  /// no chunked body or exceed a bound.
  [[nodiscard]] std::optional<std::size_t> feed(std::string_view bytes,
                                                FunctionRef<void(std::string_view)> piece);
  [[nodiscard]] bool complete() const { return state_ == State::complete; }
  void reset() { *this = ChunkedDecoder{}; }

 private:
  enum class State : std::uint8_t {
    size_first_digit,
    size,
    extension,
    size_line_feed,
    payload,
    payload_carriage_return,
    payload_line_feed,
    trailer_line_begin,
    trailer,
    trailer_line_feed,
    end_line_feed,
    complete,
  };

  [[nodiscard]] bool take_byte(unsigned char byte);
  [[nodiscard]] bool take_size_byte(unsigned char byte);
  [[nodiscard]] bool take_extension_byte(unsigned char byte);
  [[nodiscard]] bool take_trailer_byte(unsigned char byte);

  std::uint64_t left_ = 0;  ///< of the current chunk's payload
  std::size_t extra_ = 0;   ///< bytes of the current extension, or of all trailers
  int digits_ = 0;
  State state_ = State::size_first_digit;
};

}  // namespace freellm::wire
