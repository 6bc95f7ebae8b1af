#pragma once
// Gathered, non-blocking sends: as much as the socket takes, in as few system calls as possible.

#include <sys/socket.h>

#include <array>
#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>
#include <cerrno>
#include <cstddef>
#include <span>
#include <string_view>

namespace freellm::net {

/// Progress of a gathered write: which piece, and how far into it.
class WriteCursor {
 public:
  WriteCursor() = default;
  explicit WriteCursor(std::span<const std::string_view> pieces) : pieces_(pieces) { advance(0); }

  [[nodiscard]] bool done() const { return pieces_.empty(); }
  [[nodiscard]] std::size_t written() const { return written_; }

  void advance(std::size_t bytes) {
    written_ += bytes;
    while (!pieces_.empty() && bytes >= pieces_.front().size() - offset_) {
      bytes -= pieces_.front().size() - offset_;
      offset_ = 0;
      pieces_ = pieces_.subspan(1);
    }
    offset_ += bytes;
  }

  /// Fills `vectors` from the current position; returns how many were used.
  template <std::size_t N>
  std::size_t fill(std::array<iovec, N>& vectors) const {
    std::size_t count = 0;
    for (const auto& piece : pieces_) {
      if (count == N) break;
      const std::size_t skip = count == 0 ? offset_ : 0;
      vectors[count++] = {const_cast<char*>(piece.data()) + skip, piece.size() - skip};
    }
    return count;
  }

 private:
  std::span<const std::string_view> pieces_;
  std::size_t offset_ = 0;
  std::size_t written_ = 0;
};

/// Sends until everything is out or the socket is full (would_block).
inline boost::system::error_code send_now(int fd, WriteCursor& cursor) {
  while (!cursor.done()) {
    std::array<iovec, 32> vectors;
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = cursor.fill(vectors);
    const ssize_t n = ::sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) {
      cursor.advance(static_cast<std::size_t>(n));
    } else if (errno != EINTR) {
      return {errno, boost::system::system_category()};
    }
  }
  return {};
}

inline bool is_would_block(const boost::system::error_code& ec) {
  return ec == boost::asio::error::would_block || ec == boost::asio::error::try_again;
}

}  // namespace freellm::net
