#pragma once
// SendQueue: writes that leave together at the end of a turn of the event loop.
//
// A send over loopback wakes its reader, and waking a sleeping process is the dearest part of it.
// While many connections are ready in one turn, what they write is collected and sent in one go:
// the first send wakes the reader, the others find it awake. A write after a quiet time is alone
// most likely and leaves at once: one more look at the event queue would cost its reader 5 us.
//
// One per event loop; belongs to its thread.

#include <boost/asio/execution_context.hpp>
#include <boost/system/error_code.hpp>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "freellm/base/clock.hpp"
#include "freellm/net/byte_stream.hpp"
#include "freellm/net/socket.hpp"
#include "gather.hpp"

namespace freellm::net {

class SendQueue final : public asio::execution_context::service {
 public:
  using key_type = SendQueue;
  static asio::execution_context::id id;

  /// Whose socket it is. Must withdraw() before it closes that socket or is destroyed.
  class Writer {
   public:
    /// What was queued was tried: `cursor` says how far it got, `ec` is would_block when the socket
    /// is full.
    virtual void on_sent(boost::system::error_code ec, const WriteCursor& cursor,
                         IoWaiter& waiter) = 0;

   protected:
    ~Writer() = default;
  };

  explicit SendQueue(asio::execution_context& context) : service(context) {}
  /// The queue of the loop that `socket` belongs to.
  [[nodiscard]] static SendQueue& of(TcpSocket& socket);

  /// Sends what it can right now if the loop has been quiet, so that nobody is likely to write
  /// beside it; otherwise nullopt, and nothing was sent. would_block when the socket is full.
  std::optional<boost::system::error_code> send_if_quiet(TcpSocket& socket, WriteCursor& cursor);
  /// Sends at the end of this turn and calls `writer`, which has no other write waiting.
  void add(Writer& writer, TcpSocket& socket, std::span<const std::string_view> pieces,
           IoWaiter& waiter);
  /// The writer's queued write, if there is one, ends with operation_aborted on a later turn.
  void withdraw(const Writer& writer);

  /// For tests: what tells the time instead of the steady clock.
  void use_clock(SteadyTime (*now)()) { now_ = now; }

 private:
  struct Item {
    Writer* writer;  ///< null once withdrawn
    int fd;
    WriteCursor cursor;
    IoWaiter* waiter;
    boost::system::error_code ec;
  };

  void shutdown() override { items_.clear(); }
  void flush();

  SteadyTime (*now_)() = &std::chrono::steady_clock::now;
  SteadyTime last_sent_ = SteadyTime::min();
  bool last_were_many_ = false;
  std::vector<Item> items_;  ///< of this turn
  std::vector<Item> sent_;   ///< being told about
};

}  // namespace freellm::net
