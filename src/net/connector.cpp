#include "freellm/net/connector.hpp"

#include <boost/asio/error.hpp>

#include "freellm/net/completion.hpp"

namespace freellm::net {
namespace {

using asio::ip::tcp;

Error failed(ErrorKind kind, std::string message) {
  return Error{.kind = kind,
               .source = ErrorSource::upstream,
               .retry = Retry::next_route,
               .message = std::move(message)};
}

Error gave_up(const Abort& abort, std::string_view what) {
  if (abort.reason() == AbortReason::timed_out) {
    return failed(ErrorKind::timeout, std::string{what} + " took longer than the attempt may");
  }
  return Error{.kind = ErrorKind::cancelled, .message = std::string{what} + " was given up"};
}

Task<Result<Addresses>> look_up(ConnectorContext& context, const std::string& host, Millis limit,
                                Abort& abort) {
  auto completion = std::make_shared<Completion<Result<Addresses>>>();
  context.resolver.resolve(host, context.io, [completion](Result<Addresses> result) {
    completion->complete(std::move(result));
  });
  if (!completion->completed()) {
    const Abort::Step step{abort, [&] { completion->complete(gave_up(abort, "name lookup")); }};
    Deadline deadline{context.deadlines, [&] {
                        completion->complete(
                            failed(ErrorKind::timeout, "cannot resolve " + host + " within " +
                                                           std::to_string(limit.count()) + " ms"));
                      }};
    deadline.expires_after(limit);
    co_return co_await completion->wait();
  }
  co_return co_await completion->wait();
}

struct ConnectAwaiter {
  TcpSocket& socket;
  tcp::endpoint endpoint;
  boost::system::error_code ec{};
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> self) {
    socket.async_connect(endpoint, [this, self](const boost::system::error_code& result) {
      ec = result;
      self.resume();
    });
  }
  boost::system::error_code await_resume() { return ec; }
};

/// Connects to the first address that answers. While others remain, one gets at most 1.5 s, so that
/// a host whose IPv6 leads nowhere does not cost the whole budget.
Task<Result<TcpSocket>> connect_any(ConnectorContext& context, const Addresses& addresses,
                                    const wire::Origin& origin, Millis limit, Abort& abort) {
  constexpr Millis kPerAddress{1500};
  const auto end = std::chrono::steady_clock::now() + limit;
  boost::system::error_code last = asio::error::host_not_found;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    TcpSocket socket{context.io.get_executor()};
    const auto close = [&socket] {
      boost::system::error_code ignored;
      socket.close(ignored);
    };
    bool timed_out = false;
    Deadline deadline{context.deadlines, [&] {
                        timed_out = true;
                        close();
                      }};
    const bool is_last = i + 1 == addresses.size();
    const auto until =
        is_last ? end : std::min(end, std::chrono::steady_clock::now() + kPerAddress);
    deadline.expires_at(until);
    {
      const Abort::Step step{abort, close};
      const tcp::endpoint endpoint{addresses[i], origin.port};
      ConnectAwaiter connected{socket, endpoint};
      last = co_await connected;
    }
    if (abort.fired()) co_return gave_up(abort, "connecting to " + origin.to_string());
    if (!last && !timed_out) co_return std::move(socket);
    if (timed_out) last = asio::error::timed_out;
    if (std::chrono::steady_clock::now() >= end) break;
  }
  const auto kind = last == asio::error::timed_out ? ErrorKind::timeout : ErrorKind::connect;
  co_return failed(kind, "cannot connect to " + origin.to_string() + ": " + last.message());
}

}  // namespace

Task<Result<std::unique_ptr<ByteStream>>> connect(ConnectorContext& context,
                                                  const wire::Origin& origin,
                                                  ConnectTimeouts timeouts, Abort& abort) {
  if (abort.fired()) co_return gave_up(abort, "connecting");
  auto addresses = co_await look_up(context, origin.host, timeouts.dns, abort);
  if (!addresses) co_return addresses.error();

  auto socket = co_await connect_any(context, *addresses, origin, timeouts.connect, abort);
  if (!socket) co_return socket.error();
  if (origin.scheme == wire::Scheme::http) co_return make_plain_stream(std::move(*socket));

  bool timed_out = false;
  Abort handshake_abort;
  Deadline deadline{context.deadlines, [&] {
                      timed_out = true;
                      handshake_abort.fire(AbortReason::timed_out);
                    }};
  deadline.expires_after(timeouts.tls);
  const Abort::Step step{abort, [&] { handshake_abort.fire(abort.reason()); }};
  auto stream = co_await tls_handshake(std::move(*socket), context.tls, context.tls_sessions,
                                       origin, handshake_abort);
  if (abort.fired()) co_return gave_up(abort, "TLS with " + origin.host);
  if (timed_out) co_return failed(ErrorKind::timeout, "TLS with " + origin.host + " timed out");
  co_return std::move(stream);
}

}  // namespace freellm::net
