#include "request_body.hpp"

#include <algorithm>
#include <cstring>

namespace freellm::server {
namespace {

/// A body must come at this rate at least, after a grace period: a client that trickles holds
/// memory.
constexpr Millis kGrace{30'000};
constexpr std::uint64_t kMinBytesPerSecond = 16 * 1024;
constexpr std::size_t kReadStep = 256 * 1024;

Millis allowed_time(std::uint64_t bytes) {
  return kGrace + Millis{bytes * 1000 / kMinBytesPerSecond};
}

Error too_large(std::uint64_t limit) {
  return Error{.kind = ErrorKind::payload_too_large,
               .source = ErrorSource::downstream,
               .http_status = 413,
               .message = "The request body is larger than " + std::to_string(limit) +
                          " bytes. Send less, or raise server.max_body_bytes."};
}

Error overloaded() {
  return Error{.kind = ErrorKind::upstream_overloaded,
               .source = ErrorSource::downstream,
               .http_status = 503,
               .retry_after = Millis{1'000},
               .message = "The server holds as many request bodies as it may. Try again shortly."};
}

Error gone() {
  return Error{.kind = ErrorKind::cancelled,
               .message = "the client left before its request was whole"};
}

/// Moves what has arrived into `into`, at most as much as fits there. Returns how much it was.
std::size_t take_input(net::DownstreamConnection& connection, std::span<char> into) {
  const auto piece = connection.input().substr(0, into.size());
  std::memcpy(into.data(), piece.data(), piece.size());
  connection.consume(piece.size());
  return piece.size();
}

net::Task<Result<chat::PaddedBuffer>> read_sized(net::DownstreamConnection& connection,
                                                 std::uint64_t length, net::Deadline& deadline) {
  chat::PaddedBuffer body{static_cast<std::size_t>(length)};
  std::size_t size = take_input(connection, {body.data(), static_cast<std::size_t>(length)});
  deadline.expires_after(allowed_time(length));
  while (size < length) {
    const std::size_t step =
        std::min<std::size_t>(static_cast<std::size_t>(length) - size, kReadStep);
    const std::span<char> into{body.data() + size, step};
    if (connection.watching()) {
      // A pipelined request: the watch over the one before still waits and gets the next bytes
      // first.
      const bool alive = co_await connection.more_input();
      if (!alive) co_return gone();
      size += take_input(connection, into);
      continue;
    }
    const net::IoResult got = co_await connection.read_direct(into);
    if (!got.ok()) co_return gone();
    size += got.bytes;
  }
  body.resize(size);
  co_return std::move(body);
}

net::Task<Result<chat::PaddedBuffer>> read_chunked(net::DownstreamConnection& connection,
                                                   wire::Http1RequestDecoder& decoder,
                                                   net::Deadline& deadline, BodyLimits limits) {
  chat::PaddedBuffer body;
  if (limits.is_secret && limits.budget.grow_to(limits.max_bytes))
    body = chat::PaddedBuffer{static_cast<std::size_t>(limits.max_bytes)};
  const auto started = std::chrono::steady_clock::now();
  for (;;) {
    bool fits = true;
    const auto used = decoder.feed_body(connection.input(), [&](std::string_view piece) {
      fits = fits && body.size() + piece.size() <= limits.max_bytes;
      if (fits) body.append(piece);
    });
    if (!used) co_return used.error();
    if (!fits) co_return too_large(limits.max_bytes);
    if (!limits.budget.grow_to(body.capacity())) co_return overloaded();
    connection.consume(*used);
    if (decoder.body_complete()) co_return std::move(body);
    deadline.expires_at(started + allowed_time(body.size()));
    const bool alive = co_await connection.more_input();
    if (!alive) co_return gone();
  }
}

}  // namespace

bool BodyBudget::grow_to(std::uint64_t bytes) {
  if (bytes <= taken_) return true;
  const auto more = bytes - taken_;
  const auto before = in_flight_.fetch_add(more, std::memory_order_relaxed);
  if (before + more > limit_) {
    in_flight_.fetch_sub(more, std::memory_order_relaxed);
    return false;
  }
  taken_ = bytes;
  return true;
}

net::Task<Result<chat::PaddedBuffer>> read_body(net::DownstreamConnection& connection,
                                                wire::Http1RequestDecoder& decoder,
                                                net::Deadline& deadline, BodyLimits limits) {
  const auto& head = decoder.head();
  if (head.chunked) co_return co_await read_chunked(connection, decoder, deadline, limits);
  const std::uint64_t length = head.content_length.value_or(0);
  if (length > limits.max_bytes) co_return too_large(limits.max_bytes);
  if (!limits.budget.grow_to(length)) co_return overloaded();
  co_return co_await read_sized(connection, length, deadline);
}

}  // namespace freellm::server
