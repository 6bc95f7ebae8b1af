#include "io/connection.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace simulator {
namespace {

constexpr std::uint32_t kReadEvents = EPOLLIN | EPOLLRDHUP;
/// A peer that pipelines more than this while an answer is played is not read further.
constexpr std::size_t kMaxPipelined = 1024 * 1024;

}  // namespace

Connection::Connection(EventLoop& loop, Service& service, int fd, SSL* ssl, std::uint64_t id,
                       OnClosed on_closed)
    : loop_(loop),
      service_(service),
      fd_(fd),
      ssl_(ssl),
      id_(id),
      on_closed_(std::move(on_closed)),
      is_handshaking_(ssl != nullptr) {
  loop_.watch(fd_, kReadEvents, *this);
}

Connection::~Connection() {
  if (timer_) loop_.cancel(*timer_);
  if (ssl_ != nullptr) SSL_free(ssl_);
  if (fd_ >= 0) ::close(fd_);
}

void Connection::on_events(std::uint32_t events) {
  if (is_closed_) return;
  if (is_handshaking_ && !handshake()) return;
  if ((events & EPOLLOUT) != 0) {
    want_writable(false);
    advance();
    if (is_closed_) return;
  }
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP)) != 0) read_input();
}

bool Connection::handshake() {
  const int result = SSL_accept(ssl_);
  if (result == 1) {
    is_handshaking_ = false;
    return true;
  }
  const int why = SSL_get_error(ssl_, result);
  if (why == SSL_ERROR_WANT_WRITE) {
    want_writable(true);
  } else if (why != SSL_ERROR_WANT_READ) {
    close_now(PlayEnd::aborted_by_peer);
  }
  return false;
}

Connection::Transfer Connection::receive() {
  static char buffer[64 * 1024];
  ssize_t got = 0;
  if (ssl_ != nullptr) {
    got = SSL_read(ssl_, buffer, sizeof buffer);
    if (got <= 0) {
      const int why = SSL_get_error(ssl_, static_cast<int>(got));
      const bool waits = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
      return waits ? Transfer::would_block : Transfer::closed;
    }
  } else {
    got = ::recv(fd_, buffer, sizeof buffer, 0);
    if (got == 0) return Transfer::closed;
    if (got < 0)
      return errno == EAGAIN || errno == EINTR ? Transfer::would_block : Transfer::closed;
  }
  input_.append(buffer, static_cast<std::size_t>(got));
  return ssl_ == nullptr && static_cast<std::size_t>(got) < sizeof buffer ? Transfer::would_block
                                                                          : Transfer::progress;
}

void Connection::read_input() {
  const auto before = input_.size();
  for (;;) {
    if (is_serving_ && input_.size() - consumed_ > kMaxPipelined) return reset();
    const auto got = receive();
    if (got == Transfer::closed) return close_now(PlayEnd::aborted_by_peer);
    if (got == Transfer::would_block) {
      if (input_.size() != before) answer_requests();
      return;
    }
  }
}

void Connection::answer_requests() {
  if (is_answering_) return;
  is_answering_ = true;
  while (!is_serving_ && !is_closed_ && consumed_ < input_.size()) {
    const auto view = std::string_view{input_}.substr(consumed_);
    const auto parsed = parse_request(view, request_);
    if (parsed.status == ParseStatus::complete) {
      consumed_ += parsed.consumed;
      is_serving_ = true;
      has_continued_ = false;
      keep_alive_ = request_.keep_alive;
      service_.serve(request_, *this);
    } else if (parsed.status == ParseStatus::expects_continue && !has_continued_) {
      has_continued_ = true;
      std::size_t sent = 0;
      send_some("HTTP/1.1 100 Continue\r\n\r\n", sent);
      break;
    } else if (parsed.status == ParseStatus::bad || parsed.status == ParseStatus::too_large) {
      refuse(parsed.status);
    } else {
      break;
    }
  }
  is_answering_ = false;
  if (is_closed_ || is_serving_) return;
  if (consumed_ == input_.size()) {
    input_.clear();
    consumed_ = 0;
  } else if (consumed_ > 0) {
    input_.erase(0, consumed_);
    consumed_ = 0;
  }
}

void Connection::refuse(ParseStatus why) {
  is_serving_ = true;
  Reply reply;
  reply.status = why == ParseStatus::bad ? 400 : 413;
  reply.body = R"({"error":{"message":"simulator: not an HTTP/1.1 request it can read"}})";
  auto script = to_script(reply, {});
  script.ending = Ending::close;
  play(std::make_shared<const Script>(std::move(script)));
}

void Connection::play(std::shared_ptr<const Script> script, OnEnd on_end) {
  script_ = std::move(script);
  on_end_ = std::move(on_end);
  step_ = 0;
  offset_ = 0;
  has_waited_ = false;
  is_released_ = false;
  advance();
}

bool Connection::is_held() const {
  if (is_released_ || script_->hold == Hold::never || offset_ > 0) return false;
  return step_ == script_->hold_at || (script_->hold == Hold::every && step_ > script_->hold_at);
}

std::string Connection::release() {
  if (!script_ || is_closed_ || script_->hold == Hold::never) return {};
  if (!is_held()) {
    is_released_ = script_->hold == Hold::once;  // on its way there: it will not wait
    return {};
  }
  const auto script = script_;  // advance() may end it
  const auto& steps = script->steps;
  std::string released;
  const auto last = script->hold == Hold::every ? step_ + 1 : steps.size();
  for (auto i = step_; i < std::min(last, steps.size()); ++i) released += steps[i].bytes;
  is_released_ = true;
  advance();
  return released;
}

Connection::Transfer Connection::send_some(std::string_view bytes, std::size_t& sent) {
  ssize_t wrote = 0;
  if (ssl_ != nullptr) {
    wrote = SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
    if (wrote <= 0) {
      const int why = SSL_get_error(ssl_, static_cast<int>(wrote));
      const bool waits = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
      return waits ? Transfer::would_block : Transfer::closed;
    }
  } else {
    wrote = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (wrote < 0)
      return errno == EAGAIN || errno == EINTR ? Transfer::would_block : Transfer::closed;
  }
  sent = static_cast<std::size_t>(wrote);
  return Transfer::progress;
}

void Connection::advance() {
  while (script_ && step_ < script_->steps.size() && !timer_) {
    if (is_held()) return;
    const auto& step = script_->steps[step_];
    if (!has_waited_ && step.wait > Millis{0}) {
      timer_ = loop_.after(step.wait, [this] {
        timer_.reset();
        has_waited_ = true;
        advance();
      });
      return;
    }
    if (offset_ < step.bytes.size()) {
      std::size_t sent = 0;
      const auto got = send_some(std::string_view{step.bytes}.substr(offset_), sent);
      if (got == Transfer::closed) return close_now(PlayEnd::aborted_by_peer);
      if (got == Transfer::would_block) return want_writable(true);
      offset_ += sent;
    }
    if (offset_ >= step.bytes.size()) {
      ++step_;
      offset_ = 0;
      has_waited_ = false;
      if (script_->hold == Hold::every && step_ > script_->hold_at) is_released_ = false;
    }
  }
  if (script_ && step_ == script_->steps.size() && !timer_ && !is_held()) finish_script();
}

void Connection::finish_script() {
  const auto ending = script_->ending;
  if (ending == Ending::stall) return;
  if (ending == Ending::reset) return reset();
  if (ending == Ending::close || !keep_alive_) return close_now(PlayEnd::finished);
  script_.reset();
  is_serving_ = false;
  if (auto on_end = std::exchange(on_end_, {})) on_end(PlayEnd::finished);
  answer_requests();
}

void Connection::want_writable(bool wanted) {
  if (wants_writable_ == wanted) return;
  wants_writable_ = wanted;
  loop_.change(fd_, wanted ? kReadEvents | EPOLLOUT : kReadEvents, *this);
}

void Connection::reset() {
  const linger hard{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  close_now(PlayEnd::finished);
}

void Connection::close_now(PlayEnd end) {
  if (is_closed_) return;
  is_closed_ = true;
  if (timer_) loop_.cancel(*std::exchange(timer_, std::nullopt));
  loop_.forget(fd_);
  if (ssl_ != nullptr && end == PlayEnd::finished && !is_handshaking_) SSL_shutdown(ssl_);
  ::close(std::exchange(fd_, -1));
  if (auto on_end = std::exchange(on_end_, {})) on_end(end);
  on_closed_(*this);
}

}  // namespace simulator
