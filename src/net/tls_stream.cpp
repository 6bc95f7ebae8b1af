#include "tls_stream.hpp"

#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/error.hpp>

#include "freellm/base/secret.hpp"

namespace freellm::net {
namespace {

constexpr std::size_t kRecordBytes = 16 * 1024;

boost::system::error_code protocol_error() {
  return boost::system::errc::make_error_code(boost::system::errc::protocol_error);
}

}  // namespace

TlsStream::TlsStream(TcpSocket socket, SSL* ssl) : socket_(std::move(socket)), ssl_(ssl) {
  SSL_set_fd(ssl_, socket_.native_handle());
  SSL_set_connect_state(ssl_);
}

TlsStream::~TlsStream() {
  // Without this OpenSSL takes the session for broken and marks it, also where the cache holds it,
  // as not resumable.
  if (SSL_is_init_finished(ssl_) == 1)
    SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(ssl_);
}

boost::system::error_code TlsStream::verdict(int code, TcpSocket::wait_type& wait) {
  if (!socket_.is_open()) return boost::asio::error::operation_aborted;
  switch (SSL_get_error(ssl_, code)) {
    case SSL_ERROR_WANT_READ:
      wait = TcpSocket::wait_read;
      return boost::asio::error::would_block;
    case SSL_ERROR_WANT_WRITE:
      wait = TcpSocket::wait_write;
      return boost::asio::error::would_block;
    case SSL_ERROR_ZERO_RETURN:
      return boost::asio::error::eof;
    case SSL_ERROR_SYSCALL:
      if (errno != 0) return {errno, boost::system::system_category()};
      return boost::asio::error::connection_reset;
    default:
      return protocol_error();
  }
}

bool TlsStream::step_handshake(IoWaiter& waiter) {
  errno = 0;
  ERR_clear_error();
  const int code = SSL_do_handshake(ssl_);
  if (code == 1) {
    waiter.result = {};
    return true;
  }
  TcpSocket::wait_type wait{};
  const auto ec = verdict(code, wait);
  if (ec != boost::asio::error::would_block) {
    waiter.result = {ec, 0};
    return true;
  }
  socket_.async_wait(wait, [this, &waiter](const boost::system::error_code& failed) {
    if (failed) waiter.result = {failed, 0};
    if (failed || step_handshake(waiter)) waiter.coroutine.resume();
  });
  return false;
}

bool TlsStream::step_read(std::span<char> into, IoWaiter& waiter) {
  const IoResult got = try_read(into);
  if (got.ec != boost::asio::error::would_block) {
    waiter.result = got;
    return true;
  }
  const auto wait = SSL_want(ssl_) == SSL_WRITING ? TcpSocket::wait_write : TcpSocket::wait_read;
  socket_.async_wait(wait, [this, into, &waiter](const boost::system::error_code& failed) {
    if (failed) waiter.result = {failed, 0};
    if (failed || step_read(into, waiter)) waiter.coroutine.resume();
  });
  return false;
}

IoResult TlsStream::try_read(std::span<char> into) {
  errno = 0;
  ERR_clear_error();
  std::size_t bytes = 0;
  const int code = SSL_read_ex(ssl_, into.data(), into.size(), &bytes);
  if (code == 1) return {{}, bytes};
  TcpSocket::wait_type wait{};
  return {verdict(code, wait), 0};
}

bool TlsStream::start_write(std::span<const std::string_view> pieces, IoWaiter& waiter) {
  pieces_ = pieces;
  piece_offset_ = 0;
  written_ = 0;
  record_.clear();
  record_offset_ = 0;
  return step_write(waiter);
}

void TlsStream::gather() {
  if (record_.capacity() < kRecordBytes) {
    std::size_t wanted = 0;
    for (const auto piece : pieces_) wanted += piece.size();
    record_.reserve(std::min(wanted, kRecordBytes));  // growing would leave copies of keys behind
  }
  record_.clear();
  record_offset_ = 0;
  while (!pieces_.empty() && record_.size() < kRecordBytes) {
    const auto rest = pieces_.front().substr(piece_offset_);
    const auto part = rest.substr(0, kRecordBytes - record_.size());
    record_ += part;
    piece_offset_ += part.size();
    if (part.size() == rest.size()) {
      pieces_ = pieces_.subspan(1);
      piece_offset_ = 0;
    }
  }
}

bool TlsStream::step_write(IoWaiter& waiter) {
  for (;;) {
    if (record_offset_ == record_.size()) {
      gather();
      if (record_.empty()) break;
    }
    errno = 0;
    ERR_clear_error();
    std::size_t bytes = 0;
    const int code = SSL_write_ex(ssl_, record_.data() + record_offset_,
                                  record_.size() - record_offset_, &bytes);
    if (code == 1) {
      record_offset_ += bytes;
      written_ += bytes;
      continue;
    }
    TcpSocket::wait_type wait{};
    const auto ec = verdict(code, wait);
    if (ec != boost::asio::error::would_block) {
      waiter.result = {ec, written_};
      return true;
    }
    socket_.async_wait(wait, [this, &waiter](const boost::system::error_code& failed) {
      if (failed) waiter.result = {failed, written_};
      if (failed || step_write(waiter)) waiter.coroutine.resume();
    });
    return false;
  }
  // An idle stream holds no buffer, and none that held a key goes back to the heap unwiped.
  record_.resize(record_.capacity());
  secure_zero(record_.data(), record_.size());
  std::string{}.swap(record_);
  record_offset_ = 0;
  waiter.result = {{}, written_};
  return true;
}

void TlsStream::close() {
  if (!socket_.is_open()) return;
  // A best-effort close_notify; the answer is not waited for.
  if (SSL_is_init_finished(ssl_) == 1) SSL_shutdown(ssl_);
  ERR_clear_error();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

bool TlsStream::idle_and_alive() {
  if (!socket_.is_open() || SSL_has_pending(ssl_) == 1) return false;
  char byte;
  const ssize_t n = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (n < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
  if (n == 0) return false;
  // Bytes on an idle TLS connection are usually session tickets: let OpenSSL eat them.
  errno = 0;
  ERR_clear_error();
  std::size_t got = 0;
  const int code = SSL_peek_ex(ssl_, &byte, 1, &got);
  TcpSocket::wait_type wait{};
  return code != 1 && verdict(code, wait) == boost::asio::error::would_block;
}

}  // namespace freellm::net
