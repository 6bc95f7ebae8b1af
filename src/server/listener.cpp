#include "freellm/server/listener.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>

#include "freellm/base/log.hpp"

namespace freellm::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr int kBacklog = 4096;
/// Connections at once, with and without a request. Strangers could otherwise fill the memory with
/// idle ones, of which each costs some kilobytes for more than a minute.
constexpr int kMaxSessions = 20'000;

Error cannot_listen(const std::string& where, const boost::system::error_code& ec) {
  std::string message = "cannot listen on " + where + ": " + ec.message();
  if (ec == asio::error::address_in_use)
    message += "; stop the other program or choose another --port";
  if (ec == asio::error::access_denied)
    message += "; ports below 1024 need privileges, choose another --port";
  return Error{.kind = ErrorKind::configuration, .message = std::move(message)};
}

}  // namespace

Listener::Listener(std::vector<std::unique_ptr<WorkerSlot>>& workers)
    : workers_(workers),
      acceptor_(workers.front()->net->io()),
      pause_(workers.front()->net->io()) {}

Listener::~Listener() = default;

Status Listener::open(const std::string& host, std::uint16_t port) {
  host_ = host;
  const std::string where = host + " port " + std::to_string(port);
  boost::system::error_code ec;
  auto address = asio::ip::make_address(host, ec);
  if (ec) {
    // A name, at start-up only: "localhost" in practice.
    tcp::resolver resolver{workers_.front()->net->io()};
    const auto found = resolver.resolve(host, std::to_string(port), ec);
    if (ec || found.empty()) return cannot_listen(where, ec ? ec : asio::error::host_not_found);
    address = found.begin()->endpoint().address();
  }
  const tcp::endpoint endpoint{address, port};
  acceptor_.open(endpoint.protocol(), ec);
  if (!ec) acceptor_.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) acceptor_.bind(endpoint, ec);
  if (!ec) acceptor_.listen(kBacklog, ec);
  if (ec) return cannot_listen(where, ec);
  port_ = acceptor_.local_endpoint(ec).port();
  return {};
}

std::string Listener::url() const {
  const bool is_v6 = host_.find(':') != std::string::npos;
  return "http://" + (is_v6 ? "[" + host_ + "]" : host_) + ":" + std::to_string(port_);
}

void Listener::start() {
  workers_.front()->net->post([this] { accept(); });
}

void Listener::stop() {
  std::promise<void> stopped;
  workers_.front()->net->post([&] {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    stopped.set_value();
  });
  stopped.get_future().wait();
}

/// Says so once each time the limit is reached.
bool Listener::is_full() {
  int sessions = 0;
  for (const auto& slot : workers_)
    sessions += slot->net->live_sessions.load(std::memory_order_relaxed);
  const bool was_full = std::exchange(full_, sessions >= kMaxSessions);
  if (full_ && !was_full)
    LOG_WARN("{} connections are open; new ones are closed at once", sessions);
  return full_;
}

WorkerSlot& Listener::least_loaded() {
  auto* best = workers_.front().get();
  for (const auto& slot : workers_) {
    if (slot->net->live_sessions.load(std::memory_order_relaxed) <
        best->net->live_sessions.load(std::memory_order_relaxed)) {
      best = slot.get();
    }
  }
  return *best;
}

void Listener::accept() {
  auto& slot = least_loaded();
  acceptor_.async_accept(slot.net->io().get_executor(),
                         [this, &slot](const boost::system::error_code& ec, net::TcpSocket socket) {
                           on_accept(ec, std::move(socket), slot);
                         });
}

void Listener::on_accept(const boost::system::error_code& ec, net::TcpSocket socket,
                         WorkerSlot& slot) {
  if (!acceptor_.is_open()) return;
  if (ec) {
    // Out of descriptors, most likely: trying again at once would spin.
    LOG_WARN("accept failed err=\"{}\"", ec.message());
    pause_.expires_after(std::chrono::milliseconds{100});
    pause_.async_wait([this](const boost::system::error_code& cancelled) {
      if (!cancelled && acceptor_.is_open()) accept();
    });
    return;
  }
  if (is_full()) {
    boost::system::error_code ignored;
    socket.close(ignored);
    return accept();
  }
  auto connection = std::make_shared<net::DownstreamConnection>(std::move(socket));
  const auto begin = [&slot, connection] {
    auto session = run_session(connection, *slot.context, slot.sessions);
    net::spawn(std::move(session));
  };
  if (&slot == workers_.front().get()) {
    begin();
  } else {
    slot.net->post(begin);
  }
  accept();
}

}  // namespace freellm::server
