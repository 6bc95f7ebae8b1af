#include "freellm/net/connector.hpp"

#include <unistd.h>

#include <boost/asio/error.hpp>

#include "freellm/net/address_guard.hpp"
#include "freellm/net/completion.hpp"
#include "proxy_tunnel.hpp"

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

/// Connecting leaves a socket watched for writability. It nearly always is writable, and the kernel
/// would say so again with everything else it reports, or wake the worker for nothing else: the
/// socket is registered anew.
Result<TcpSocket> registered_anew(TcpSocket socket, const tcp& protocol) {
  boost::system::error_code ec;
  const int descriptor = socket.release(ec);
  if (ec) return failed(ErrorKind::connect, "cannot go on with a connection: " + ec.message());
  TcpSocket fresh{socket.get_executor()};
  fresh.assign(protocol, descriptor, ec);
  if (!ec) return fresh;
  ::close(descriptor);
  return failed(ErrorKind::connect, "cannot go on with a connection: " + ec.message());
}

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
    if (!last && !timed_out) {
      const tcp protocol = addresses[i].is_v4() ? tcp::v4() : tcp::v6();
      co_return registered_anew(std::move(socket), protocol);
    }
    if (timed_out) last = asio::error::timed_out;
    if (std::chrono::steady_clock::now() >= end) break;
  }
  const auto kind = last == asio::error::timed_out ? ErrorKind::timeout : ErrorKind::connect;
  co_return failed(kind, "cannot connect to " + origin.to_string() + ": " + last.message());
}

/// A TCP connection to `origin`, over addresses that `reach` allows only. What was looked up and
/// judged is what is connected to.
Task<Result<TcpSocket>> connect_direct(ConnectorContext& context, const wire::Origin& origin,
                                       wire::Reach reach, ConnectTimeouts timeouts, Abort& abort) {
  auto addresses = co_await look_up(context, origin.host, timeouts.dns, abort);
  if (!addresses) co_return addresses.error();
  auto allowed = allowed_addresses(origin.host, std::move(*addresses), reach);
  if (!allowed) co_return allowed.error();
  co_return co_await connect_any(context, *allowed, origin, timeouts.connect, abort);
}

/// Runs one step of the handshakes under a limit of its own.
class StepLimit {
 public:
  StepLimit(DeadlineQueue& deadlines, Millis limit, Abort& outer)
      : deadline_(deadlines,
                  [this] {
                    timed_out_ = true;
                    inner_.fire(AbortReason::timed_out);
                  }),
        step_(outer, [this, &outer] { inner_.fire(outer.reason()); }) {
    deadline_.expires_after(limit);
  }
  [[nodiscard]] Abort& abort() { return inner_; }
  [[nodiscard]] bool timed_out() const { return timed_out_; }

 private:
  Abort inner_;
  bool timed_out_ = false;
  Deadline deadline_;
  Abort::Step step_;
};

Task<Result<TcpSocket>> connect_through(ConnectorContext& context, const wire::Origin& target,
                                        const wire::Egress& egress, ConnectTimeouts timeouts,
                                        Abort& abort) {
  const wire::ProxyUrl& proxy = *egress.proxy;
  if (const Status allowed = check_unresolved(target.host, egress.reach); !allowed)
    co_return allowed.error();
  // Where the proxy stands is the operator's word.
  const wire::Origin first_hop{wire::Scheme::http, proxy.host, proxy.port};
  auto socket =
      co_await connect_direct(context, first_hop, wire::Reach::private_too, timeouts, abort);
  if (!socket) {
    Error error = socket.error();
    error.message = "the proxy: " + error.message;
    if (error.code.empty()) error.code = "proxy_failed";
    co_return error;
  }
  StepLimit limit{context.deadlines, timeouts.proxy, abort};
  auto tunnel = co_await open_tunnel(std::move(*socket), context.tls, context.tls_sessions, proxy,
                                     target, limit.abort());
  if (abort.fired()) co_return gave_up(abort, "the proxy at " + proxy.where());
  if (limit.timed_out()) {
    Error error =
        failed(ErrorKind::timeout, "the proxy at " + proxy.where() + " did not answer in time");
    error.code = "proxy_failed";
    co_return error;
  }
  co_return std::move(tunnel);
}

}  // namespace

Task<Result<std::unique_ptr<ByteStream>>> connect(ConnectorContext& context,
                                                  const wire::Origin& origin,
                                                  const wire::Egress& egress,
                                                  ConnectTimeouts timeouts, Abort& abort) {
  if (abort.fired()) co_return gave_up(abort, "connecting");
  Result<TcpSocket> socket = Error{};
  if (egress.proxy) {
    socket = co_await connect_through(context, origin, egress, timeouts, abort);
  } else {
    socket = co_await connect_direct(context, origin, egress.reach, timeouts, abort);
  }
  if (!socket) co_return socket.error();
  if (origin.scheme == wire::Scheme::http) co_return make_plain_stream(std::move(*socket));

  StepLimit limit{context.deadlines, timeouts.tls, abort};
  auto stream = co_await tls_handshake(std::move(*socket), context.tls, context.tls_sessions,
                                       origin, limit.abort());
  if (abort.fired()) co_return gave_up(abort, "TLS with " + origin.host);
  if (limit.timed_out())
    co_return failed(ErrorKind::timeout, "TLS with " + origin.host + " timed out");
  co_return std::move(stream);
}

}  // namespace freellm::net
