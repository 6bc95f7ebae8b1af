#include "send_queue.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace freellm::net {

namespace {
/// Longer than a busy loop takes from one write to the next.
constexpr std::chrono::microseconds kQuiet{20};
/// A loop whose last writes were several is quiet only after this.
constexpr std::chrono::microseconds kQuietAfterMany{100};
}  // namespace

asio::execution_context::id SendQueue::id;

SendQueue& SendQueue::of(TcpSocket& socket) {
  return asio::use_service<SendQueue>(socket.get_executor().context());
}

std::optional<boost::system::error_code> SendQueue::send_if_quiet(TcpSocket& socket,
                                                                  WriteCursor& cursor) {
  if (!items_.empty()) return std::nullopt;
  if (now_() < last_sent_ + (last_were_many_ ? kQuietAfterMany : kQuiet)) return std::nullopt;
  const auto ec = send_now(socket.native_handle(), cursor);
  last_sent_ = now_();  // waking the reader took its time
  last_were_many_ = false;
  return ec;
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
  last_sent_ = now_();
  last_were_many_ = sent_.size() > 1;
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
