#pragma once
// DownstreamConnection: a client's connection, which always has a read waiting.
//
// The read that waits for the next request is also the watch for the client going away while its
// request is being served: one mechanism, no further system call. What it reads goes into a small
// inbox that lives as long as the connection; large bodies are read past the inbox, straight into
// their buffer. Belongs to one worker thread. Held by shared_ptr: the waiting read keeps it alive.

#include <array>
#include <coroutine>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "freellm/net/byte_stream.hpp"
#include "freellm/net/socket.hpp"

namespace freellm::net {

class DownstreamConnection : public std::enable_shared_from_this<DownstreamConnection> {
 public:
  /// Every connection holds one for as long as it lives: enough for a head and a short body at
  /// once.
  static constexpr std::size_t kInboxBytes = 2048;
  /// A client that sends its next requests while one is served is read this far ahead, because its
  /// going shows behind what it sent only.
  static constexpr std::size_t kMostInboxBytes = 256 * 1024;

  /// Takes over a connected socket; sets TCP_NODELAY.
  explicit DownstreamConnection(TcpSocket socket);
  DownstreamConnection(const DownstreamConnection&) = delete;
  DownstreamConnection& operator=(const DownstreamConnection&) = delete;
  ~DownstreamConnection();

  /// What has arrived and was not consumed.
  [[nodiscard]] std::string_view input() const { return {inbox() + begin_, end_ - begin_}; }
  void consume(std::size_t bytes);

  struct InputAwaiter {
    DownstreamConnection& self;
    bool await_ready() { return self.closed_; }
    void await_suspend(std::coroutine_handle<> waiter) {
      self.input_waiter_ = waiter;
      self.watch();
    }
    /// False when the peer has closed or the connection broke.
    bool await_resume() { return !self.closed_; }
  };
  /// Waits until more has arrived than input() shows now. The inbox must not be full.
  [[nodiscard]] InputAwaiter more_input() { return {*this}; }

  struct DirectReadAwaiter {
    DownstreamConnection& self;
    std::span<char> into;
    IoResult result{};
    bool await_ready();
    void await_suspend(std::coroutine_handle<> waiter);
    IoResult await_resume() { return result; }
  };
  /// Reads past the inbox, which must be empty with no watch running (after more_input() returned).
  /// A short target is filled at once when its bytes are there; a long one always takes a turn of
  /// the event loop, so that a fast sender does not hold up the others.
  [[nodiscard]] DirectReadAwaiter read_direct(std::span<char> into) { return {*this, into}; }

  /// Starts watching for input and for the peer's going, unless that is running.
  void watch();
  [[nodiscard]] bool watching() const { return watching_; }
  /// Called once when the peer goes away while watched and nobody waits for input. Replaces the
  /// previous action; an empty one removes it.
  void on_gone(std::function<void()> action) { on_gone_ = std::move(action); }
  [[nodiscard]] bool peer_gone() const { return closed_; }

  struct WriteAwaiter {
    DownstreamConnection& self;
    std::span<const std::string_view> pieces;
    IoWaiter waiter{};
    bool await_ready() { return false; }
    bool await_suspend(std::coroutine_handle<> coroutine) {
      waiter.coroutine = coroutine;
      return !self.start_write(pieces, waiter);
    }
    IoResult await_resume() { return waiter.result; }
  };
  /// Sends everything, together with what others write in this turn of the event loop unless it has
  /// been quiet. At most one write at a time; the pieces must stay.
  [[nodiscard]] WriteAwaiter write_all(std::span<const std::string_view> pieces) {
    return {*this, pieces};
  }
  /// Sends a short complete message at once, if no write is waiting. False when it could not be
  /// sent whole; the connection is then unusable and closed.
  bool try_send(std::string_view bytes);
  [[nodiscard]] bool write_waiting() const { return write_waiting_; }

  /// Ends the sending direction, so that the peer reads to the end before it sees a reset.
  void shutdown_send();
  void close();
  [[nodiscard]] bool is_open() const { return socket_.is_open(); }
  /// "127.0.0.1:53211"; empty when the peer is gone already.
  [[nodiscard]] std::string peer() const;
  /// The peer's address alone is a loopback one.
  [[nodiscard]] bool peer_is_loopback() const;

 private:
  bool start_write(std::span<const std::string_view> pieces, IoWaiter& waiter);
  void on_input(const boost::system::error_code& ec, std::size_t bytes);
  bool make_room();
  [[nodiscard]] char* inbox() { return large_ ? large_.get() : small_.data(); }
  [[nodiscard]] const char* inbox() const { return large_ ? large_.get() : small_.data(); }

  TcpSocket socket_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool watching_ = false;
  bool closed_ = false;
  bool write_waiting_ = false;
  std::coroutine_handle<> input_waiter_;
  std::function<void()> on_gone_;
  class Output;
  std::unique_ptr<Output> output_;
  std::size_t capacity_ = kInboxBytes;
  std::unique_ptr<char[]> large_;  ///< instead of `small_`, while more than that is held
  std::array<char, kInboxBytes> small_;
};

}  // namespace freellm::net
