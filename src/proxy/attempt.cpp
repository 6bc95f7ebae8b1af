// The course of an attempt: what is waited for, in which order, and for how long. What the bytes
// mean is AttemptInput's, what the client gets AttemptOutput's.
#include "attempt.hpp"

#include <algorithm>

#include "attempt_failure.hpp"
#include "attempt_hosts.hpp"
#include "attempt_input.hpp"
#include "attempt_output.hpp"
#include "freellm/net/pause.hpp"
#include "freellm/provider/adapter.hpp"
#include "upstream_exchange.hpp"
#include "wipe_head.hpp"

namespace freellm::proxy {
namespace {

using chat::FailureClass;
using std::chrono::microseconds;

/// Between two questions for a promised answer; each wait is twice the one before.
constexpr Millis kFirstPoll{500};
constexpr Millis kSlowestPoll{2'000};
/// A socket takes that much without waiting for its peer, however small its buffer.
constexpr std::size_t kLeavesAtOnce = 16 * 1024;
/// Decoded output that goes to the client before more is read: an upstream that is faster than we
/// are would never let the loop end.
constexpr std::size_t kBatchBytes = 256 * 1024;

class AttemptRunner {
 public:
  AttemptRunner(ChatTurn& turn, const routing::Attempt& attempt, Now started)
      : turn_(turn),
        attempt_(attempt),
        adapter_(provider::adapter_for(*attempt.platform)),
        clock_(turn.ex.worker.services.clock),
        started_(started),
        output_(turn, attempt, started_),
        hosts_(turn, attempt) {}
  AttemptRunner(const AttemptRunner&) = delete;
  AttemptRunner& operator=(const AttemptRunner&) = delete;
  ~AttemptRunner() { wipe_head(request_); }

  net::Task<AttemptResult> run();

 private:
  Status encode();
  void store_booking();
  net::Task<Status> exchange(Connection wanted, Now now);
  net::Task<Status> ask_again();
  net::Task<AttemptResult> relay();
  net::Task<AttemptResult> conclude(Now now);
  net::Task<AttemptResult> conclude_failure();

  Progress take(const net::IoResult& got, Now now);
  void phase(std::string_view name, Millis limit, Now now);
  [[nodiscard]] AttemptResult result(AttemptEnd end);
  [[nodiscard]] AttemptResult not_sent(const Error& error);

  ChatTurn& turn_;
  const routing::Attempt& attempt_;
  const provider::Adapter& adapter_;
  const Clock& clock_;  ///< at hand: every event of a stream asks for the time
  Now started_;
  AttemptOutput output_;
  AttemptHosts hosts_;
  Secret key_;
  provider::UpstreamRequest request_;
  Millis poll_wait_ = kFirstPoll;
  SteadyTime patience_ = SteadyTime::max();  ///< set by a promise, which does not buy more time
  bool promised_ = false;
  std::optional<UpstreamExchange> upstream_;
  std::optional<AttemptInput> input_;
  Gate booking_stored_;  ///< null: nothing to wait for
  chat::UpstreamFailure failure_;
};

net::Task<AttemptResult> AttemptRunner::run() {
  if (const Status encoded = encode(); !encoded) {
    failure_ = failure_of(encoded.error());
    co_return result(AttemptEnd::failed);
  }
  store_booking();
  Status sent = co_await exchange(Connection::pooled_or_fresh, started_);
  for (bool retried = false;;) {
    if (sent) {
      AttemptResult done = co_await relay();
      if (promised_) {
        retried = false;
        sent = co_await ask_again();
        continue;
      }
      if (done.end == AttemptEnd::failed && hosts_.next_after(done.failure) && encode()) {
        retried = false;
        const Now now = turn_.ex.now();
        sent = co_await exchange(Connection::pooled_or_fresh, now);
        continue;
      }
      if (done.end != AttemptEnd::failed || retried || !upstream_->looks_stale()) {
        hosts_.remember(done);
        co_return done;
      }
    } else if (retried || !upstream_->looks_stale()) {
      break;
    }
    // A pooled connection died before it answered anything: that is no news about the provider.
    retried = true;
    const Now now = turn_.ex.now();
    sent = co_await exchange(Connection::fresh, now);
  }
  co_return not_sent(sent.error());
}

Status AttemptRunner::encode() {
  auto key = turn_.ex.worker.services.store.vault().open(*attempt_.key, attempt_.platform->slug);
  if (!key) return key.error();
  key_ = std::move(*key);
  const provider::Route route{*attempt_.platform, *attempt_.model, key_.reveal(), hosts_.base()};
  auto request = adapter_.encode(turn_.request, route);
  if (!request) return request.error();
  request_ = std::move(*request);
  return {};
}

/// Begins writing the booking down; the request waits for that before its first byte goes out,
/// while the connection is being made. Limited routes are slow by definition, so this is no
/// bottleneck.
void AttemptRunner::store_booking() {
  if (!attempt_.is_journalled) return;
  booking_stored_ = std::make_shared<net::Completion<bool>>();
  // The daemon flushes the writer once more before it destroys a worker: no call comes after that.
  auto& worker = turn_.ex.worker.net;
  turn_.ex.worker.services.store.writer().flush([&worker, stored = booking_stored_](Status) {
    worker.post([stored] { stored->complete(true); });
  });
}

net::Task<Status> AttemptRunner::exchange(Connection wanted, Now now) {
  const provider::Route route{*attempt_.platform, *attempt_.model, key_.reveal(), hosts_.base()};
  input_.reset();
  upstream_.emplace(turn_.ex.worker.net, request_,
                    catalog::egress_of(*attempt_.platform, *attempt_.key), turn_.abort);
  const bool is_open = wanted == Connection::pooled_or_fresh && upstream_->take_pooled();
  phase("connecting", attempt_.platform->timeouts.connect + Millis{10'000}, now);
  // A short request over an open connection is gone before its client could be: whatever is not
  // needed to send it waits until then.
  if (!is_open || booking_stored_ || request_.body.size() > kLeavesAtOnce) turn_.ex.client.watch();
  const Status sent =
      co_await upstream_->send(attempt_.platform->timeouts.connect, booking_stored_);
  turn_.ex.client.watch();
  input_.emplace(turn_, adapter_, route, *upstream_, output_);
  if (sent) {
    const Now sent_at = turn_.ex.now();
    const bool is_poll = patience_ != SteadyTime::max();  // not counted
    if (!is_poll && !upstream_->was_cut_short()) turn_.planner.sent(sent_at);
    phase("its first byte", attempt_.platform->timeouts.first_byte, sent_at);
    input_->prepare();
    if (turn_.ex.head.version >= 11) output_.prepare();
  }
  co_return sent;
}

/// NVIDIA: the answer was promised for later, at another address. The attempt's time goes on
/// running.
net::Task<Status> AttemptRunner::ask_again() {
  promised_ = false;
  upstream_->release();
  wipe_head(request_);
  request_ = input_->take_poll();
  phase("the promised answer", attempt_.platform->timeouts.first_byte, turn_.ex.now());
  const auto until = turn_.ex.now().steady + poll_wait_;
  const bool waited = co_await net::pause(turn_.ex.worker.net, until, turn_.abort);
  poll_wait_ = std::min(2 * poll_wait_, kSlowestPoll);
  if (!waited) {
    co_return Error{.kind = ErrorKind::timeout,
                    .message = "the promised answer did not come in time"};
  }
  const Now now = turn_.ex.now();
  co_return co_await exchange(Connection::pooled_or_fresh, now);
}

/// Reads, decodes and forwards in lock-step: one upstream read, one downstream write.
net::Task<AttemptResult> AttemptRunner::relay() {
  const net::Abort::Step step{turn_.abort, [this] { upstream_->close(); }};
  for (;;) {
    const net::IoResult got = co_await upstream_->read();
    const Now now = clock_.now();
    const bool had_head = input_->head_seen();
    output_.open_batch();
    switch (take(got, now)) {
      case Progress::promised:
        promised_ = true;
        patience_ = std::min(patience_, now.steady + attempt_.platform->timeouts.first_byte);
        co_return AttemptResult{};
      case Progress::failed:
        co_return co_await conclude_failure();
      case Progress::finished:
        co_return co_await conclude(now);
      case Progress::reading:
        break;
    }
    if (input_->has_payload() && output_.batch_has_events()) {
      const bool is_first = !output_.committed();
      output_.seal_batch(now);
      const bool sent = co_await flush(turn_.ex, now.steady);
      if (!sent) co_return result(AttemptEnd::gone);
      if (is_first) turn_.ex.out.shrink_to_fit();  // an event takes less than the head did
    }
    if (output_.committed()) {
      // Not `now`: the client may have taken its time over the write.
      phase("its next byte", attempt_.platform->timeouts.stall, clock_.now());
    } else if (!had_head && input_->head_seen()) {
      phase("its first token", attempt_.platform->timeouts.first_byte, now);
    }
  }
}

/// One read, and what a large answer has waiting behind it.
Progress AttemptRunner::take(const net::IoResult& got, Now now) {
  if (!got.ok()) return input_->take_end(got, now);
  auto progress = input_->take(upstream_->received(got.bytes), now);
  for (std::size_t last = got.bytes;
       progress == Progress::reading && turn_.ex.out.size() < kBatchBytes;) {
    const auto more = upstream_->more(last);
    if (!more) break;
    last = more->size();
    progress = input_->take(*more, now);
  }
  return progress;
}

/// The books are closed before the client has all of its answer: its next request may be read by
/// another thread before this one goes on, and must not find the last one still under way.
net::Task<AttemptResult> AttemptRunner::conclude(Now now) {
  upstream_->release();
  AttemptResult done = result(AttemptEnd::served);
  turn_.planner.succeeded(done.usage, done.timings, done.ended);
  const bool sent = co_await output_.send_end(now);
  if (!sent) done.end = AttemptEnd::gone;
  co_return done;
}

/// Before the first byte the next candidate takes over. Afterwards the client is told inside the
/// stream, and the connection ends without [DONE], so that half an answer is never taken for a
/// whole one.
net::Task<AttemptResult> AttemptRunner::conclude_failure() {
  failure_ = std::move(input_->failure());
  output_.stop_keep_alive();
  if (!output_.committed()) output_.discard();
  if (turn_.abort.reason() == net::AbortReason::client_gone) co_return result(AttemptEnd::gone);
  if (upstream_->http().message_complete()) upstream_->release();
  if (!output_.committed()) co_return result(AttemptEnd::failed);
  const Error error{
      .kind = failure_.failure == FailureClass::timed_out ? ErrorKind::timeout
                                                          : ErrorKind::upstream_protocol,
      .source = ErrorSource::upstream,
      .message = "the answer of " + output_.routed_via() + " broke off: " + failure_.message};
  const bool sent = co_await output_.send_broken(error);
  co_return result(sent ? AttemptEnd::broken : AttemptEnd::gone);
}

/// From now on `name` is what is waited for, no longer than `limit`.
void AttemptRunner::phase(std::string_view name, Millis limit, Now now) {
  turn_.phase = name;
  const auto until = now.steady + limit;
  turn_.deadline.expires_at(output_.committed() ? until
                                                : std::min({until, patience_, attempt_.deadline}));
}

AttemptResult AttemptRunner::not_sent(const Error& error) {
  failure_ = turn_.abort.reason() == net::AbortReason::timed_out
                 ? plain_failure(FailureClass::timed_out, "no connection within the attempt's time")
                 : failure_of(error);
  if (attempt_.key->proxy) failure_.scope = chat::Scope::key;  // timed out: not the others' way
  return result(turn_.abort.reason() == net::AbortReason::client_gone ? AttemptEnd::gone
                                                                      : AttemptEnd::failed);
}

AttemptResult AttemptRunner::result(AttemptEnd end) {
  turn_.deadline.clear();
  // Nobody else leaves that way: whether it is the proxy or what lies behind, the others may pass.
  if (attempt_.key->proxy && failure_.failure == FailureClass::connect_failed)
    failure_.scope = chat::Scope::key;
  const auto since_start = [this](SteadyTime when) {
    return std::chrono::duration_cast<microseconds>(when - started_.steady);
  };
  AttemptResult done;
  done.end = end;
  done.ended = turn_.ex.now();
  done.failure = std::move(failure_);
  if (upstream_) done.timings.connect = upstream_->connect_time();
  if (input_) {
    done.usage = input_->usage().value_or(chat::Usage{});
    if (const auto first = input_->first_token()) done.timings.first_token = since_start(*first);
  }
  done.timings.total = since_start(done.ended.steady);
  return done;
}

}  // namespace

net::Task<AttemptResult> run_attempt(ChatTurn& turn, const routing::Attempt& attempt, Now started) {
  AttemptRunner runner{turn, attempt, started};
  co_return co_await runner.run();
}

}  // namespace freellm::proxy
