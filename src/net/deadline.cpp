#include "freellm/net/deadline.hpp"

#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace freellm::net {

struct DeadlineQueue::Timer {
  explicit Timer(boost::asio::io_context& context) : timer(context) {}
  boost::asio::steady_timer timer;
};

Deadline::Deadline(DeadlineQueue& queue, std::function<void()> action)
    : queue_(queue), action_(std::move(action)) {}

Deadline::~Deadline() { queue_.remove(*this); }

void Deadline::expires_at(SteadyTime when) {
  when_ = when;
  if (when < queued_at_) queue_.insert(*this);
}

void Deadline::expires_after(Millis delay) { expires_at(std::chrono::steady_clock::now() + delay); }

DeadlineQueue::DeadlineQueue(boost::asio::io_context& context)
    : timer_(std::make_unique<Timer>(context)) {}

DeadlineQueue::~DeadlineQueue() = default;

void DeadlineQueue::shutdown() {
  shut_down_ = true;
  if (heap_.empty()) {
    timer_->timer.cancel();
  } else {
    arm();
  }
}

void DeadlineQueue::insert(Deadline& deadline) {
  deadline.queued_at_ = deadline.when_;
  if (deadline.index_ == Deadline::kNotQueued) {
    heap_.push_back(&deadline);
    deadline.index_ = heap_.size() - 1;
  }
  sift_up(deadline.index_);
  if (heap_.front()->queued_at_ < armed_for_) arm();
}

void DeadlineQueue::remove(Deadline& deadline) {
  const std::size_t i = deadline.index_;
  if (i == Deadline::kNotQueued) return;
  deadline.index_ = Deadline::kNotQueued;
  deadline.queued_at_ = SteadyTime::max();
  Deadline* last = heap_.back();
  heap_.pop_back();
  if (last == &deadline) return;
  place(i, last);
  sift_up(i);
  sift_down(last->index_);
}

// Sets the timer to the head of the heap. When the head only moved back, the timer fires early once
// and comes here again: cheaper than re-arming on every removal.
void DeadlineQueue::arm() {
  // A moment between two rounds, because what is given up may begin something new.
  constexpr Millis kBetweenRounds{1};
  armed_for_ =
      shut_down_ ? std::chrono::steady_clock::now() + kBetweenRounds : heap_.front()->queued_at_;
  timer_->timer.expires_at(armed_for_);
  timer_->timer.async_wait([this](const boost::system::error_code& ec) {
    if (!ec) on_timer();
  });
}

void DeadlineQueue::on_timer() {
  armed_for_ = SteadyTime::max();
  const auto now = shut_down_ ? SteadyTime::max() : std::chrono::steady_clock::now();
  // What is set anew by an action has its turn in the next round.
  for (auto left = heap_.size(); left > 0 && !heap_.empty(); --left) {
    if (heap_.front()->queued_at_ > now) break;
    Deadline& due = *heap_.front();
    remove(due);
    if (due.when_ == SteadyTime::max()) continue;
    if (due.when_ > now) {
      insert(due);
      continue;
    }
    due.when_ = SteadyTime::max();
    due.action_();
  }
  if (!heap_.empty() && heap_.front()->queued_at_ < armed_for_) arm();
}

void DeadlineQueue::place(std::size_t i, Deadline* deadline) {
  heap_[i] = deadline;
  deadline->index_ = i;
}

void DeadlineQueue::sift_up(std::size_t i) {
  Deadline* moving = heap_[i];
  while (i > 0) {
    const std::size_t parent = (i - 1) / 2;
    if (heap_[parent]->queued_at_ <= moving->queued_at_) break;
    place(i, heap_[parent]);
    i = parent;
  }
  place(i, moving);
}

void DeadlineQueue::sift_down(std::size_t i) {
  Deadline* moving = heap_[i];
  for (;;) {
    std::size_t child = 2 * i + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1]->queued_at_ < heap_[child]->queued_at_)
      ++child;
    if (heap_[child]->queued_at_ >= moving->queued_at_) break;
    place(i, heap_[child]);
    i = child;
  }
  place(i, moving);
}

}  // namespace freellm::net
