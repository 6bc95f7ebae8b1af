#include "freellm/wire/chunked.hpp"

#include <algorithm>
#include <limits>

namespace freellm::wire {
namespace {

// Eight digits with leading zeros are as legal as any number of them (RFC 9112 §7.1) and make room
// for every chunk that fits into memory here.
constexpr std::size_t kSizeDigits = 8;
constexpr std::string_view kRoom = "00000000\r\n";

int hex_value(unsigned char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

ChunkMark open_chunk(std::string& out) {
  const ChunkMark mark{out.size()};
  out += kRoom;
  return mark;
}

void close_chunk(std::string& out, ChunkMark mark) {
  static constexpr char kHex[] = "0123456789abcdef";
  auto size = out.size() - mark.at - kRoom.size();
  if (size == 0) {
    out.resize(mark.at);
    return;
  }
  for (auto i = kSizeDigits; i-- > 0; size >>= 4U) out[mark.at + i] = kHex[size & 15U];
  out += "\r\n";
}

std::optional<std::size_t> ChunkedDecoder::feed(std::string_view bytes,
                                                FunctionRef<void(std::string_view)> piece) {
  std::size_t at = 0;
  while (at < bytes.size() && state_ != State::complete) {
    if (state_ != State::payload) {
      if (!take_byte(static_cast<unsigned char>(bytes[at++]))) return std::nullopt;
      continue;
    }
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - at));
    piece(bytes.substr(at, size));
    at += size;
    left_ -= size;
    if (left_ == 0) state_ = State::payload_carriage_return;
  }
  return at;
}

bool ChunkedDecoder::take_byte(unsigned char byte) {
  const auto expect = [&](char wanted, State next) {
    state_ = next;
    return byte == static_cast<unsigned char>(wanted);
  };
  switch (state_) {
    case State::size_first_digit:
    case State::size:
      return take_size_byte(byte);
    case State::extension:
      return take_extension_byte(byte);
    case State::size_line_feed:
      return expect('\n', left_ > 0 ? State::payload : State::trailer_line_begin);
    case State::payload_carriage_return:
      return expect('\r', State::payload_line_feed);
    case State::payload_line_feed:
      return expect('\n', State::size_first_digit);
    case State::trailer_line_begin:
    case State::trailer:
      return take_trailer_byte(byte);
    case State::trailer_line_feed:
      return expect('\n', State::trailer_line_begin);
    case State::end_line_feed:
      return expect('\n', State::complete);
    case State::payload:
    case State::complete:
      break;  // not bytes of framing
  }
  return false;
}

bool ChunkedDecoder::take_size_byte(unsigned char byte) {
  if (const int digit = hex_value(byte); digit >= 0) {
    if (state_ == State::size_first_digit) {
      left_ = 0;
      digits_ = 0;
      extra_ = 0;
      state_ = State::size;
    }
    // Sixteen digits are all that 64 bits hold; half of their range is beyond any real body and
    // refused, so that sums of sizes cannot overflow.
    left_ = left_ * 16 + static_cast<unsigned>(digit);
    return ++digits_ <= kMaxSizeDigits && left_ <= std::numeric_limits<std::uint64_t>::max() / 32;
  }
  if (state_ == State::size_first_digit) return false;
  if (byte == '\r') {
    state_ = State::size_line_feed;
    return true;
  }
  state_ = State::extension;
  return byte == ';' || byte == ' ' || byte == '\t';
}

bool ChunkedDecoder::take_extension_byte(unsigned char byte) {
  if (byte == '\r') {
    state_ = State::size_line_feed;
    return true;
  }
  return ++extra_ <= kMaxExtensionBytes && (byte == '\t' || (byte >= 0x20 && byte != 0x7f));
}

bool ChunkedDecoder::take_trailer_byte(unsigned char byte) {
  const bool at_line_begin = state_ == State::trailer_line_begin;
  if (byte == '\r') {
    state_ = at_line_begin ? State::end_line_feed : State::trailer_line_feed;
    return true;
  }
  state_ = State::trailer;
  if (at_line_begin && (byte == ' ' || byte == '\t')) return false;  // obs-fold
  return ++extra_ <= kMaxTrailerBytes && (byte == '\t' || (byte >= 0x20 && byte != 0x7f));
}

}  // namespace freellm::wire
