#include "upstream_exchange.hpp"

#include <algorithm>
#include <vector>

#include "freellm/net/connector.hpp"

namespace freellm::proxy {
namespace {

/// How long the end of an answer may take to arrive after its last useful byte.
constexpr Millis kTrailingBytes{1'000};
/// How long a request is held back for the sake of a slow disk.
constexpr Millis kGatePatience{1'000};

/// Reads what is left of an answer nobody needs any more, so that the connection can be used again.
net::Task<void> drain_to_pool(net::Worker& worker, wire::Origin origin, wire::Egress egress,
                              std::unique_ptr<net::ByteStream> stream,
                              wire::Http1ResponseDecoder http) {
  net::Deadline deadline{worker.deadlines(), [&stream] { stream->close(); }};
  deadline.expires_after(kTrailingBytes);
  std::array<char, 1024> buffer;
  const std::span<char> into{buffer};
  while (!http.message_complete()) {
    const net::IoResult got = co_await stream->read_some(into);
    if (!got.ok()) {
      stream->close();
      co_return;
    }
    const auto used = http.feed({buffer.data(), got.bytes}, [](std::string_view) {});
    if (!used || *used < got.bytes) {
      stream->close();
      co_return;
    }
  }
  deadline.clear();
  if (http.head().keep_alive) {
    worker.pool().give_back(origin, std::move(stream), egress);
  } else {
    stream->close();
  }
}

/// In `few` when they fit there.
std::span<const std::string_view> head_and_body(const provider::UpstreamRequest& request,
                                                std::span<std::string_view> few,
                                                std::vector<std::string_view>& many) {
  const auto& body = request.body.pieces();
  const std::size_t count = body.size() + 1;
  if (count > few.size()) {
    many.resize(count);
    few = many;
  }
  few.front() = request.head;
  std::copy(body.begin(), body.end(), few.begin() + 1);
  return few.first(count);
}

}  // namespace

const Gate UpstreamExchange::kNoGate;

UpstreamExchange::~UpstreamExchange() {
  if (stream_) stream_->close();
}

net::Task<void> UpstreamExchange::pass(Gate gate) {
  // Posted, because going on at once could destroy whatever is just calling: the timer below, the
  // request's own deadline, the connection that tells of the client's going.
  auto& worker = worker_;
  const auto give_up = [&worker, gate] { worker.post([gate] { gate->complete(false); }); };
  const net::Abort::Step step{abort_, give_up};
  net::Deadline patience{worker.deadlines(), give_up};
  patience.expires_after(kGatePatience);
  co_await gate->wait();
}

bool UpstreamExchange::take_pooled() {
  stream_ = worker_.pool().take(request_.origin, egress_);
  reused_ = stream_ != nullptr;
  return reused_;
}

net::Task<Status> UpstreamExchange::send(Millis connect_timeout, const Gate& gate) {
  if (!stream_) {
    const net::ConnectTimeouts timeouts{.connect = connect_timeout};
    const auto began = std::chrono::steady_clock::now();
    auto connected =
        co_await net::connect(worker_.connector(), request_.origin, egress_, timeouts, abort_);
    if (!connected) co_return connected.error();
    stream_ = std::move(*connected);
    // Below a microsecond would read as "none".
    connect_time_ =
        std::chrono::ceil<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
  }
  if (gate && !gate->completed()) {
    Gate mine = gate;
    auto open = pass(std::move(mine));
    co_await std::move(open);
    if (abort_.fired()) {
      co_return Error{.kind = ErrorKind::timeout, .message = "given up before it was sent"};
    }
  }
  cut_short_ = false;
  std::array<std::string_view, 9> few;  // as many as an ordinary request has
  std::vector<std::string_view> many;
  const auto pieces = head_and_body(request_, few, many);
  const net::Abort::Step step{abort_, [this] { stream_->close(); }};
  const net::IoResult sent = co_await stream_->write_all(pieces);
  http_.reset();
  if (sent.ok()) co_return Status{};
  // Many hosts refuse a large body before they have read it. What they had to say may be waiting;
  // on a dead connection the next read ends at once.
  cut_short_ = !abort_.fired();
  if (cut_short_) co_return Status{};
  co_return Error{.kind = ErrorKind::connect,
                  .source = ErrorSource::upstream,
                  .retry = Retry::next_route,
                  .message = "the connection to " + request_.origin.to_string() +
                             " broke while the request was sent: " + sent.ec.message()};
}

std::optional<std::string_view> UpstreamExchange::more(std::size_t last_read) {
  const auto scratch = worker_.scratch();
  if (last_read != inbox_.size() && last_read != scratch.size()) return std::nullopt;
  const net::IoResult got = stream_->try_read(scratch);
  if (!got.ok()) return std::nullopt;
  return std::string_view{scratch.data(), got.bytes};
}

void UpstreamExchange::release() {
  if (!stream_ || abort_.fired() || cut_short_) return;  // the destructor closes it
  if (!http_.message_complete()) {
    auto rest =
        drain_to_pool(worker_, request_.origin, egress_, std::move(stream_), std::move(http_));
    net::spawn(std::move(rest));
  } else if (http_.head().keep_alive) {
    worker_.pool().give_back(request_.origin, std::move(stream_), egress_);
  } else {
    stream_->close();
    stream_.reset();
  }
}

}  // namespace freellm::proxy
