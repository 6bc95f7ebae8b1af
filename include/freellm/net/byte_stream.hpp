#pragma once
// ByteStream: a connected byte pipe over plain TCP or TLS, behind one type so that nothing above it
// instantiates Asio templates.
//
// Belongs to one worker thread. At most one read and one write may wait at a time. close() makes
// waiting operations fail (operation_aborted) on a later turn of the event loop, never inside
// close() itself. Destroying a stream while an operation waits is allowed only through close()
// first; the operation's completion keeps what it needs alive.

#include <boost/system/error_code.hpp>
#include <coroutine>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace freellm::net {

struct IoResult {
  boost::system::error_code ec;
  std::size_t bytes = 0;
  [[nodiscard]] bool ok() const { return !ec; }
};

/// What an operation reports to: the waiting coroutine, and the result for it.
struct IoWaiter {
  std::coroutine_handle<> coroutine;
  IoResult result;
};

class ByteStream {
 public:
  ByteStream() = default;
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;
  virtual ~ByteStream() = default;

  struct ReadAwaiter {
    ByteStream& stream;
    std::span<char> into;
    IoWaiter waiter{};
    bool await_ready() { return false; }
    bool await_suspend(std::coroutine_handle<> self) {
      waiter.coroutine = self;
      return !stream.start_read(into, waiter);
    }
    IoResult await_resume() { return waiter.result; }
  };
  struct WriteAwaiter {
    ByteStream& stream;
    std::span<const std::string_view> pieces;
    IoWaiter waiter{};
    bool await_ready() { return false; }
    bool await_suspend(std::coroutine_handle<> self) {
      waiter.coroutine = self;
      return !stream.start_write(pieces, waiter);
    }
    IoResult await_resume() { return waiter.result; }
  };

  /// At least one byte, or an error (eof included).
  [[nodiscard]] ReadAwaiter read_some(std::span<char> into) { return {*this, into}; }
  /// All pieces, in order, in as few system calls as possible. The pieces must stay until it is
  /// done.
  [[nodiscard]] WriteAwaiter write_all(std::span<const std::string_view> pieces) {
    return {*this, pieces};
  }

  /// What is there right now, without waiting; error would_block when there is nothing.
  [[nodiscard]] virtual IoResult try_read(std::span<char> into) = 0;
  virtual void close() = 0;
  /// False when an idle connection was closed by the peer or has sent something nobody asked for.
  [[nodiscard]] virtual bool idle_and_alive() = 0;

 protected:
  /// Starts an operation. Returns true when it finished at once (waiter.result is set and the
  /// coroutine is not resumed); otherwise the coroutine is resumed when it is done. `waiter` stays
  /// valid until then.
  virtual bool start_read(std::span<char> into, IoWaiter& waiter) = 0;
  virtual bool start_write(std::span<const std::string_view> pieces, IoWaiter& waiter) = 0;
};

}  // namespace freellm::net
