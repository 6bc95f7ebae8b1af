#include "freellm/net/downstream_connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <cstring>
#include <utility>

#include "freellm/base/secret.hpp"
#include "gather.hpp"
#include "send_queue.hpp"

namespace freellm::net {

/// The write that is under way, if any: at most one.
class DownstreamConnection::Output final : private SendQueue::Writer {
 public:
  explicit Output(DownstreamConnection& connection)
      : connection_(connection), queue_(SendQueue::of(connection.socket_)) {}

  /// As ByteStream::start_write().
  bool start(std::span<const std::string_view> pieces, IoWaiter& waiter) {
    cursor_ = WriteCursor{pieces};
    if (const auto sent = queue_.send_if_quiet(connection_.socket_, cursor_)) {
      if (is_would_block(*sent)) {
        connection_.write_waiting_ = true;
        wait_writable(waiter);
        return false;
      }
      waiter.result = {*sent, cursor_.written()};
      return true;
    }
    queue_.add(*this, connection_.socket_, pieces, waiter);
    queued_ = connection_.write_waiting_ = true;
    return false;
  }

  void withdraw() {
    if (!std::exchange(queued_, false)) return;
    queue_.withdraw(*this);
    connection_.write_waiting_ = false;
  }

 private:
  void on_sent(boost::system::error_code ec, const WriteCursor& cursor, IoWaiter& waiter) override {
    queued_ = false;
    cursor_ = cursor;
    end_or_wait(ec, waiter);
  }

  void end_or_wait(boost::system::error_code ec, IoWaiter& waiter) {
    if (is_would_block(ec)) return wait_writable(waiter);
    waiter.result = {ec, cursor_.written()};
    connection_.write_waiting_ = false;
    waiter.coroutine.resume();
  }

  void wait_writable(IoWaiter& waiter) {
    connection_.socket_.async_wait(
        TcpSocket::wait_write,
        [this, self = connection_.shared_from_this(), &waiter](boost::system::error_code ec) {
          if (!ec) ec = send_now(connection_.socket_.native_handle(), cursor_);
          end_or_wait(ec, waiter);
        });
  }

  DownstreamConnection& connection_;
  SendQueue& queue_;
  WriteCursor cursor_;
  bool queued_ = false;
};

DownstreamConnection::DownstreamConnection(TcpSocket socket)
    : socket_(std::move(socket)), output_(std::make_unique<Output>(*this)) {
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
}

DownstreamConnection::~DownstreamConnection() { output_->withdraw(); }

void DownstreamConnection::consume(std::size_t bytes) {
  // Client keys, passwords and provider keys pass through here, and an idle connection keeps its
  // inbox.
  secure_zero(inbox() + begin_, bytes);
  begin_ += bytes;
  // While a read is waiting, its target must not move.
  if (begin_ == end_ && !watching_) begin_ = end_ = 0;
}

void DownstreamConnection::watch() {
  if (watching_ || closed_) return;
  if (begin_ == end_) {
    begin_ = end_ = 0;
    large_.reset();
    capacity_ = kInboxBytes;
  } else if (begin_ > 0) {
    std::memmove(inbox(), inbox() + begin_, end_ - begin_);
    secure_zero(inbox() + std::max(begin_, end_ - begin_), std::min(begin_, end_ - begin_));
    end_ -= begin_;
    begin_ = 0;
  }
  // Beyond that a pipelining client must wait; its going is seen at the next read.
  if (end_ == capacity_ && !make_room()) return;
  watching_ = true;
  socket_.async_read_some(
      boost::asio::buffer(inbox() + end_, capacity_ - end_),
      [self = shared_from_this()](const boost::system::error_code& ec, std::size_t bytes) {
        self->on_input(ec, bytes);
      });
}

bool DownstreamConnection::make_room() {
  if (capacity_ >= kMostInboxBytes) return false;
  const std::size_t wanted = 2 * capacity_;
  auto larger = std::make_unique_for_overwrite<char[]>(wanted);
  std::memcpy(larger.get(), inbox(), end_);
  secure_zero(inbox(), end_);
  large_ = std::move(larger);
  capacity_ = wanted;
  return true;
}

void DownstreamConnection::on_input(const boost::system::error_code& ec, std::size_t bytes) {
  watching_ = false;
  end_ += bytes;
  if (ec) closed_ = true;
  if (auto waiter = std::exchange(input_waiter_, {})) return waiter.resume();
  if (closed_) {
    if (auto action = std::exchange(on_gone_, nullptr)) action();
  } else {
    watch();
  }
}

bool DownstreamConnection::DirectReadAwaiter::await_ready() {
  constexpr std::size_t kShort = 64 * 1024;
  if (into.size() > kShort) return false;
  // Asio would post the completion and ask the kernel for events first.
  const ssize_t n = ::recv(self.socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
  if (n < 0) return false;  // nothing yet; an error shows again in the read that waits
  if (n == 0) {
    self.closed_ = true;
    result = {boost::asio::error::eof, 0};
  } else {
    result = {{}, static_cast<std::size_t>(n)};
  }
  return true;
}

void DownstreamConnection::DirectReadAwaiter::await_suspend(std::coroutine_handle<> waiter) {
  self.socket_.async_read_some(boost::asio::buffer(into.data(), into.size()),
                               [this, waiter, keep = self.shared_from_this()](
                                   const boost::system::error_code& ec, std::size_t bytes) {
                                 if (ec) keep->closed_ = true;
                                 result = {ec, bytes};
                                 waiter.resume();
                               });
}

bool DownstreamConnection::start_write(std::span<const std::string_view> pieces, IoWaiter& waiter) {
  return output_->start(pieces, waiter);
}

bool DownstreamConnection::try_send(std::string_view bytes) {
  if (write_waiting_ || !socket_.is_open()) return false;
  const std::array pieces{bytes};
  WriteCursor cursor{pieces};
  const auto ec = send_now(socket_.native_handle(), cursor);
  if (!ec) return true;
  if (cursor.written() > 0 || !is_would_block(ec)) close();
  return false;
}

void DownstreamConnection::shutdown_send() {
  boost::system::error_code ignored;
  socket_.shutdown(TcpSocket::shutdown_send, ignored);
}

void DownstreamConnection::close() {
  output_->withdraw();
  boost::system::error_code ignored;
  socket_.close(ignored);
  closed_ = true;
}

std::string DownstreamConnection::peer() const {
  boost::system::error_code ec;
  const auto endpoint = socket_.remote_endpoint(ec);
  if (ec) return {};
  return endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
}

bool DownstreamConnection::peer_is_loopback() const {
  boost::system::error_code ec;
  const auto address = socket_.remote_endpoint(ec).address();
  if (ec) return false;
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6())
        .is_loopback();
  }
  return address.is_loopback();
}

}  // namespace freellm::net
