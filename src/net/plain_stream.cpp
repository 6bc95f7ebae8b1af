// ByteStream over plain TCP.
//
// Reads go through Asio's reactor (a speculative recv, then the event). Writes are tried with
// sendmsg, at once or at the end of the turn (see SendQueue), because a socket buffer nearly always
// has room; only the rest waits.

#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <utility>

#include "freellm/net/socket.hpp"
#include "gather.hpp"
#include "send_queue.hpp"

namespace freellm::net {
namespace {

class PlainStream final : public ByteStream, private SendQueue::Writer {
 public:
  explicit PlainStream(TcpSocket socket)
      : socket_(std::move(socket)), send_queue_(SendQueue::of(socket_)) {}
  PlainStream(const PlainStream&) = delete;
  PlainStream& operator=(const PlainStream&) = delete;
  ~PlainStream() override { withdraw(); }

  IoResult try_read(std::span<char> into) override {
    for (;;) {
      const ssize_t n = ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
      if (n > 0) return {{}, static_cast<std::size_t>(n)};
      if (n == 0) return {boost::asio::error::eof, 0};
      if (errno != EINTR) return {{errno, boost::system::system_category()}, 0};
    }
  }

  void close() override {
    withdraw();
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

  bool idle_and_alive() override {
    if (!socket_.is_open()) return false;
    char byte;
    const ssize_t n = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }

 protected:
  bool start_read(std::span<char> into, IoWaiter& waiter) override {
    socket_.async_read_some(boost::asio::buffer(into.data(), into.size()),
                            [&waiter](const boost::system::error_code& ec, std::size_t bytes) {
                              waiter.result = {ec, bytes};
                              waiter.coroutine.resume();
                            });
    return false;
  }

  bool start_write(std::span<const std::string_view> pieces, IoWaiter& waiter) override {
    cursor_ = WriteCursor{pieces};
    if (const auto sent = send_queue_.send_if_quiet(socket_, cursor_)) {
      if (is_would_block(*sent)) {
        wait_writable(waiter);
        return false;
      }
      waiter.result = {*sent, cursor_.written()};
      return true;
    }
    send_queue_.add(*this, socket_, pieces, waiter);
    write_queued_ = true;
    return false;
  }

 private:
  void withdraw() {
    if (std::exchange(write_queued_, false)) send_queue_.withdraw(*this);
  }

  void on_sent(boost::system::error_code ec, const WriteCursor& cursor, IoWaiter& waiter) override {
    write_queued_ = false;
    cursor_ = cursor;
    if (is_would_block(ec)) return wait_writable(waiter);
    waiter.result = {ec, cursor.written()};
    waiter.coroutine.resume();
  }

  void wait_writable(IoWaiter& waiter) {
    socket_.async_wait(TcpSocket::wait_write, [this, &waiter](const boost::system::error_code& ec) {
      // After close() the stream may be gone: on an error nothing of it is touched.
      if (ec) {
        waiter.result = {ec, 0};
        waiter.coroutine.resume();
        return;
      }
      const auto sent = send_now(socket_.native_handle(), cursor_);
      if (is_would_block(sent)) return wait_writable(waiter);
      waiter.result = {sent, cursor_.written()};
      waiter.coroutine.resume();
    });
  }

  TcpSocket socket_;
  SendQueue& send_queue_;
  WriteCursor cursor_;
  bool write_queued_ = false;
};

}  // namespace

std::unique_ptr<ByteStream> make_plain_stream(TcpSocket socket) {
  boost::system::error_code ignored;
  socket.non_blocking(true, ignored);
  socket.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  return std::make_unique<PlainStream>(std::move(socket));
}

}  // namespace freellm::net
