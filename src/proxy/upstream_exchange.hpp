#pragma once
// UpstreamExchange: one HTTP exchange with a provider: a pooled or fresh connection, the request
// written, the answer's bytes as they come. Knows HTTP and sockets, nothing of chat.
//
// Belongs to one worker's coroutine. Dropping it closes the connection unless it was released to
// the pool.

#include <array>
#include <memory>
#include <optional>
#include <string_view>

#include "freellm/base/result.hpp"
#include "freellm/net/abort.hpp"
#include "freellm/net/byte_stream.hpp"
#include "freellm/net/completion.hpp"
#include "freellm/net/task.hpp"
#include "freellm/net/worker.hpp"
#include "freellm/provider/upstream_request.hpp"
#include "freellm/wire/http1_response_decoder.hpp"

namespace freellm::proxy {

/// Something that must have happened before a request may be sent.
using Gate = std::shared_ptr<net::Completion<bool>>;

enum class Connection : std::uint8_t { pooled_or_fresh, fresh };

class UpstreamExchange {
 public:
  /// `request` must outlive the exchange. `abort` closes the connection when fired.
  UpstreamExchange(net::Worker& worker, const provider::UpstreamRequest& request,
                   wire::Egress egress, net::Abort& abort)
      : worker_(worker), request_(request), egress_(std::move(egress)), abort_(abort) {}
  ~UpstreamExchange();
  UpstreamExchange(const UpstreamExchange&) = delete;
  UpstreamExchange& operator=(const UpstreamExchange&) = delete;

  /// Takes an idle connection for send(), if there is one.
  bool take_pooled();
  /// Connects unless it has a connection, waits until `gate` (may be null) is open, and sends the
  /// whole request. A gate that stays shut for a second is ignored.
  /// Succeeds, too, when the peer would not take all of it: see was_cut_short().
  net::Task<Status> send(Millis connect_timeout, const Gate& gate = kNoGate);

  /// What making the connection took, all steps; 0 when a kept one was used or none came about.
  [[nodiscard]] std::chrono::microseconds connect_time() const { return connect_time_; }

  /// The peer closed before it had the whole request: all it can still have sent is a refusal.
  [[nodiscard]] bool was_cut_short() const { return cut_short_; }

  /// Waits for bytes; they are then in received().
  [[nodiscard]] net::ByteStream::ReadAwaiter read() { return stream_->read_some(inbox_); }
  [[nodiscard]] std::string_view received(std::size_t bytes) const {
    return {inbox_.data(), bytes};
  }
  /// When a read filled the inbox there is probably more: reads it without waiting, into the
  /// worker's scratch memory. nullopt when there is nothing (or the end, which the next read() will
  /// tell).
  [[nodiscard]] std::optional<std::string_view> more(std::size_t last_read);

  [[nodiscard]] wire::Http1ResponseDecoder& http() { return http_; }
  /// The connection came from the pool and no byte of an answer has arrived: its failure says
  /// nothing about the provider.
  [[nodiscard]] bool looks_stale() const { return reused_ && !http_.started() && !abort_.fired(); }

  /// Makes a waiting read() fail. The exchange cannot be used afterwards.
  void close() {
    if (stream_) stream_->close();
  }
  /// The answer was taken as far as anyone needs. Pools the connection when the message is
  /// complete, reads a short rest in the background when it is not, closes it otherwise.
  void release();

 private:
  static const Gate kNoGate;
  net::Task<void> pass(Gate gate);

  net::Worker& worker_;
  const provider::UpstreamRequest& request_;
  wire::Egress egress_;
  net::Abort& abort_;
  std::unique_ptr<net::ByteStream> stream_;
  bool reused_ = false;
  bool cut_short_ = false;
  std::chrono::microseconds connect_time_{};
  wire::Http1ResponseDecoder http_;
  /// Every waiting stream holds one: large enough for an event or a short answer with its head, and
  /// more() borrows for the rest.
  std::array<char, 2048> inbox_;
};

}  // namespace freellm::proxy
