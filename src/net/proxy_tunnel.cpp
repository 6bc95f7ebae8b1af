#include "proxy_tunnel.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>

#include "freellm/net/proxy_handshake.hpp"

namespace freellm::net {
namespace {

constexpr std::size_t kPumpBytes = 16 * 1024;

Error broken(const wire::ProxyUrl& proxy, const std::string& why) {
  return Error{.kind = ErrorKind::connect,
               .source = ErrorSource::upstream,
               .retry = Retry::next_route,
               .message = "the proxy at " + proxy.where() + " " + why,
               .code = "proxy_failed"};
}

struct SocketRead {
  TcpSocket& socket;
  std::span<char> into;
  IoResult result{};
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> self) {
    socket.async_read_some(asio::buffer(into.data(), into.size()),
                           [this, self](const boost::system::error_code& ec, std::size_t bytes) {
                             result = {ec, bytes};
                             self.resume();
                           });
  }
  IoResult await_resume() { return result; }
};

struct SocketWrite {
  TcpSocket& socket;
  std::string_view bytes;
  IoResult result{};
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> self) {
    asio::async_write(socket, asio::buffer(bytes.data(), bytes.size()),
                      [this, self](const boost::system::error_code& ec, std::size_t sent) {
                        result = {ec, sent};
                        self.resume();
                      });
  }
  IoResult await_resume() { return result; }
};

/// Copies one direction until either side ends; then both are closed, which ends the other pump.
Task<void> pump(std::shared_ptr<ByteStream> from, std::shared_ptr<ByteStream> to) {
  std::vector<char> buffer(kPumpBytes);
  const std::span<char> into{buffer};
  for (;;) {
    const IoResult got = co_await from->read_some(into);
    if (!got.ok()) break;
    const std::array<std::string_view, 1> pieces{std::string_view{buffer.data(), got.bytes}};
    const std::span<const std::string_view> view{pieces};
    const IoResult sent = co_await to->write_all(view);
    if (!sent.ok()) break;
  }
  from->close();
  to->close();
}

/// TLS inside TLS: our TLS streams sit on descriptors, so the outer one gets a pair of connected
/// sockets before it. Costs a copy, only with https:// proxies.
Result<TcpSocket> bridge(std::unique_ptr<ByteStream> outer, const Executor& executor) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return Error{.kind = ErrorKind::internal, .message = "no descriptor is left"};
  }
  TcpSocket near{executor};
  TcpSocket far{executor};
  boost::system::error_code ec;
  near.assign(asio::ip::tcp::v4(), ends[0], ec);
  if (ec) {
    ::close(ends[0]);
    ::close(ends[1]);
    return Error{.kind = ErrorKind::internal, .message = ec.message()};
  }
  far.assign(asio::ip::tcp::v4(), ends[1], ec);
  if (ec) {
    ::close(ends[1]);
    return Error{.kind = ErrorKind::internal, .message = ec.message()};
  }
  std::shared_ptr<ByteStream> inner = make_plain_stream(std::move(far));
  std::shared_ptr<ByteStream> shared = std::move(outer);
  spawn(pump(inner, shared));
  spawn(pump(shared, inner));
  return near;
}

Task<Status> shake_hands(TcpSocket& socket, const wire::ProxyUrl& proxy,
                         const wire::Origin& target) {
  ProxyHandshake handshake{proxy, target};
  std::array<char, 1024> buffer{};
  auto next = ProxyHandshake::Next::send;
  while (next != ProxyHandshake::Next::done) {
    if (next == ProxyHandshake::Next::send) {
      SocketWrite write{socket, handshake.to_send()};
      const IoResult sent = co_await write;
      if (!sent.ok()) co_return broken(proxy, "closed the connection: " + sent.ec.message());
    }
    SocketRead read{socket, buffer};
    const IoResult got = co_await read;
    if (!got.ok()) co_return broken(proxy, "closed the connection: " + got.ec.message());
    auto said = handshake.feed({buffer.data(), got.bytes});
    if (!said) co_return said.error();
    next = *said;
  }
  co_return Status{};
}

}  // namespace

Task<Result<TcpSocket>> open_tunnel(TcpSocket socket, const TlsContext& tls,
                                    TlsSessionCache& sessions, const wire::ProxyUrl& proxy,
                                    const wire::Origin& target, Abort& abort) {
  if (proxy.scheme == wire::ProxyScheme::https) {
    const wire::Origin origin{wire::Scheme::https, proxy.host, proxy.port};
    const Executor executor = socket.get_executor();
    auto outer = co_await tls_handshake(std::move(socket), tls, sessions, origin, abort);
    if (!outer) co_return outer.error();
    auto bridged = bridge(std::move(*outer), executor);
    if (!bridged) co_return bridged.error();
    socket = std::move(*bridged);
  }
  boost::system::error_code ignored;
  socket.non_blocking(true, ignored);
  {
    const Abort::Step step{abort, [&socket] {
                             boost::system::error_code closed;
                             socket.close(closed);
                           }};
    const Status shaken = co_await shake_hands(socket, proxy, target);
    if (!shaken) co_return shaken.error();
  }
  co_return std::move(socket);
}

}  // namespace freellm::net
