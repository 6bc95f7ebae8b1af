#include "send_queue.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace freellm::net {

asio::execution_context::id SendQueue::id;

SendQueue& SendQueue::of(TcpSocket& socket) {
  return asio::use_service<SendQueue>(socket.get_executor().context());
}

void SendQueue::add(Writer& writer, TcpSocket& socket, std::span<const std::string_view> pieces,
                    IoWaiter& waiter) {
  const bool is_first = items_.empty();
  items_.push_back({&writer, socket.native_handle(), WriteCursor{pieces}, &waiter, {}});
  if (!is_first) return;
  try {
    asio::post(socket.get_executor(), [this] { flush(); });
  } catch (...) {
    items_.pop_back();
    throw;
  }
}

void SendQueue::withdraw(const Writer& writer) {
  for (auto* list : {&items_, &sent_}) {
    for (auto& item : *list) {
      if (item.writer == &writer) item.writer = nullptr;
    }
  }
}

void SendQueue::flush() {
  sent_.swap(items_);
  for (auto& item : sent_) {
    if (item.writer != nullptr) item.ec = send_now(item.fd, item.cursor);
  }
  // Whoever is told may write again, or close another one of these.
  for (auto& item : sent_) {
    if (item.writer != nullptr) {
      std::exchange(item.writer, nullptr)->on_sent(item.ec, item.cursor, *item.waiter);
    } else {
      item.waiter->result = {asio::error::operation_aborted, item.cursor.written()};
      item.waiter->coroutine.resume();
    }
  }
  sent_.clear();
}

}  // namespace freellm::net
