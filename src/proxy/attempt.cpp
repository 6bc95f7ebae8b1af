#include "attempt.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>

#include "freellm/chat/completion_builder.hpp"
#include "freellm/chat/error_body.hpp"
#include "freellm/chat/normalizer.hpp"
#include "freellm/net/completion.hpp"
#include "freellm/provider/adapter.hpp"
#include "freellm/provider/openai_compat.hpp"
#include "freellm/provider/rescue.hpp"
#include "freellm/routing/explain.hpp"
#include "freellm/wire/chunked.hpp"
#include "upstream_exchange.hpp"

namespace freellm::proxy {
namespace {

using chat::FailureClass;
using std::chrono::microseconds;

constexpr std::size_t kMaxErrorBody = 64 * 1024;
constexpr std::size_t kMaxAnswer = 64U << 20;
/// Contract: silence longer than this sends a comment, so that proxies and SDKs on the way do not
/// give up.
constexpr Millis kKeepAlive{15'000};
/// Between two questions for a promised answer; each wait is twice the one before.
constexpr Millis kFirstPoll{500};
constexpr Millis kSlowestPoll{2'000};
constexpr std::string_view kKeepAliveComment = ": keep-alive\n\n";

chat::UpstreamFailure plain_failure(FailureClass failure, std::string message) {
  chat::UpstreamFailure result;
  result.failure = failure;
  result.message = std::move(message);
  return result;
}

chat::UpstreamFailure failure_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::timeout:
      return plain_failure(FailureClass::timed_out, error.message);
    case ErrorKind::cancelled:
      return plain_failure(FailureClass::client_gone, error.message);
    case ErrorKind::connect:
    case ErrorKind::tls:
      return plain_failure(FailureClass::connect_failed, error.message);
    case ErrorKind::upstream_auth:
      return plain_failure(FailureClass::bad_key, error.message);
    case ErrorKind::bad_request:
      return plain_failure(FailureClass::bad_request, error.message);
    default:
      return plain_failure(FailureClass::provider_error, error.message);
  }
}

void append_duration(std::string& out, std::string_view name, microseconds us) {
  const auto count = std::max<std::int64_t>(0, us.count());
  const std::string fraction = std::to_string(count % 1000);
  out += name;
  out += ";dur=";
  out += std::to_string(count / 1000);
  out += '.';
  out.append(3 - fraction.size(), '0');
  out += fraction;
}

/// "queue;dur=0.050, route;dur=0.010, upstream_ttfb;dur=212.400, overhead;dur=0.300"
/// (milliseconds).
std::string server_timing(const ChatTurn& turn, microseconds upstream, microseconds overhead) {
  std::string out;
  out.reserve(96);
  append_duration(out, "queue", turn.queue_time);
  append_duration(out, ", route", turn.route_time);
  append_duration(out, ", upstream_ttfb", upstream);
  append_duration(out, ", overhead", overhead);
  return out;
}

class AttemptRunner {
 public:
  AttemptRunner(ChatTurn& turn, const routing::Attempt& attempt)
      : turn_(turn),
        attempt_(attempt),
        adapter_(provider::adapter_for(*attempt.platform)),
        started_(turn.ex.now()),
        keep_alive_(turn.ex.worker.net.deadlines(), [this] { send_keep_alive(); }) {}

  net::Task<AttemptResult> run();

 private:
  enum class Progress : std::uint8_t { reading, finished, failed, promised };

  Status encode();
  net::Task<Status> exchange(Connection wanted);
  net::Task<Status> ask_again();
  net::Task<AttemptResult> relay();
  net::Task<AttemptResult> conclude();
  net::Task<AttemptResult> conclude_failure();
  net::Task<bool> forward();

  Progress take(std::string_view bytes);
  Progress take_end(const net::IoResult& end);
  Progress on_head();
  Progress on_body(std::string_view bytes);
  Progress on_message_end();
  Progress on_error_answer();
  Progress fail(chat::UpstreamFailure failure);

  void start_decoding(provider::BodyKind kind);
  void prepare_stream_head();
  void open_batch();
  void close_batch();
  [[nodiscard]] bool has_output() const;
  void send_keep_alive();
  void phase(std::string_view name, Millis limit);
  [[nodiscard]] provider::Route route() const {
    return {*attempt_.platform, *attempt_.model, key_.reveal(), attempt_.platform->base_url};
  }
  [[nodiscard]] microseconds since_start() const {
    return std::chrono::duration_cast<microseconds>(turn_.ex.now().steady - started_.steady);
  }
  [[nodiscard]] AttemptResult result(AttemptEnd end);
  [[nodiscard]] std::vector<HeaderField> routing_headers();

  ChatTurn& turn_;
  const routing::Attempt& attempt_;
  const provider::Adapter& adapter_;
  Now started_;
  net::Deadline keep_alive_;
  Secret key_;
  provider::UpstreamRequest request_;
  std::optional<provider::UpstreamRequest> poll_;  ///< the answer will be there later
  Millis poll_wait_ = kFirstPoll;
  SteadyTime patience_ = SteadyTime::max();  ///< set by a promise, which does not buy more time
  std::optional<UpstreamExchange> upstream_;

  bool head_seen_ = false;
  bool committed_ = false;  ///< bytes of the answer have gone to the client
  bool answer_ok_ = false;  ///< 2xx: decoding; else collecting an error body
  std::string error_body_;
  std::unique_ptr<provider::ResponseDecoder> decoder_;
  std::optional<chat::ChunkWriter> writer_;
  std::optional<chat::CompletionBuilder> builder_;
  std::optional<chat::StreamNormalizer> normalizer_;
  std::optional<wire::ChunkMark> chunk_;  ///< open in ex.out
  bool batch_open_ = false;
  std::size_t body_begin_ = 0;  ///< where the events of this batch begin in ex.out
  std::optional<microseconds> first_token_;
  chat::UpstreamFailure failure_;

  std::string routed_via_, fallback_count_, trail_, timing_;
};

// ---- the exchange
// -------------------------------------------------------------------------------------

net::Task<AttemptResult> AttemptRunner::run() {
  if (const Status encoded = encode(); !encoded) {
    failure_ = failure_of(encoded.error());
    co_return result(AttemptEnd::failed);
  }
  Status sent = co_await exchange(Connection::pooled_or_fresh);
  for (bool retried = false;;) {
    if (sent) {
      const AttemptResult done = co_await relay();
      if (poll_) {
        retried = false;
        sent = co_await ask_again();
        continue;
      }
      if (done.end != AttemptEnd::failed || retried || !upstream_->looks_stale()) co_return done;
    } else if (retried || !upstream_->looks_stale()) {
      break;
    }
    // A pooled connection died before it answered anything: that is no news about the provider.
    retried = true;
    sent = co_await exchange(Connection::fresh);
  }
  failure_ = turn_.abort.reason() == net::AbortReason::timed_out
                 ? plain_failure(FailureClass::timed_out, "no connection within the attempt's time")
                 : failure_of(sent.error());
  co_return result(turn_.abort.reason() == net::AbortReason::client_gone ? AttemptEnd::gone
                                                                         : AttemptEnd::failed);
}

Status AttemptRunner::encode() {
  auto key = turn_.ex.worker.services.store.vault().open(*attempt_.key, attempt_.platform->slug);
  if (!key) return key.error();
  key_ = std::move(*key);
  auto request = adapter_.encode(turn_.request, route());
  if (!request) return request.error();
  request_ = std::move(*request);
  return {};
}

net::Task<Status> AttemptRunner::exchange(Connection wanted) {
  upstream_.emplace(turn_.ex.worker.net, request_, turn_.abort);
  phase("connecting", attempt_.platform->timeouts.connect + Millis{10'000});
  const Status sent = co_await upstream_->send(wanted, attempt_.platform->timeouts.connect);
  if (sent) {
    if (patience_ == SteadyTime::max())
      turn_.planner.sent(turn_.ex.now());  // polls are not counted
    phase("its first byte", attempt_.platform->timeouts.first_byte);
  }
  co_return sent;
}

/// NVIDIA: the answer was promised for later, at another address. The attempt's time goes on
/// running.
net::Task<Status> AttemptRunner::ask_again() {
  upstream_->release();
  request_ = *std::exchange(poll_, std::nullopt);
  head_seen_ = false;
  error_body_.clear();
  phase("the promised answer", attempt_.platform->timeouts.first_byte);
  auto waited = std::make_shared<net::Completion<bool>>();
  {
    const net::Abort::Step step{turn_.abort, [waited] { waited->complete(false); }};
    // Posted, because going on at once would destroy the timer inside its own action.
    auto& worker = turn_.ex.worker.net;
    net::Deadline timer{worker.deadlines(),
                        [&worker, waited] { worker.post([waited] { waited->complete(true); }); }};
    timer.expires_after(poll_wait_);
    co_await waited->wait();
  }
  poll_wait_ = std::min(2 * poll_wait_, kSlowestPoll);
  if (turn_.abort.fired()) {
    co_return Error{.kind = ErrorKind::timeout,
                    .message = "the promised answer did not come in time"};
  }
  co_return co_await exchange(Connection::pooled_or_fresh);
}

/// Reads, decodes and forwards in lock-step: one upstream read, one downstream write.
net::Task<AttemptResult> AttemptRunner::relay() {
  const net::Abort::Step step{turn_.abort, [this] { upstream_->close(); }};
  for (;;) {
    const net::IoResult got = co_await upstream_->read();
    Progress progress;
    if (got.ok()) {
      open_batch();
      progress = take(upstream_->received(got.bytes));
      for (auto more = upstream_->more(got.bytes); more && progress == Progress::reading;
           more = upstream_->more(more->size())) {
        progress = take(*more);
      }
    } else {
      open_batch();
      progress = take_end(got);
    }
    if (progress == Progress::promised) co_return AttemptResult{};
    if (progress == Progress::failed) co_return co_await conclude_failure();
    if (progress == Progress::finished) co_return co_await conclude();
    if (has_output()) {
      const bool sent = co_await forward();
      if (!sent) co_return result(AttemptEnd::gone);
    }
    if (committed_) phase("its next byte", attempt_.platform->timeouts.stall);
  }
}

/// Sends what was decoded so far. The first time the response head goes with it.
net::Task<bool> AttemptRunner::forward() {
  close_batch();
  if (!committed_) {
    committed_ = true;
    turn_.outcome.ttft =
        std::chrono::duration_cast<Millis>(turn_.ex.now().steady - turn_.ex.arrived.steady);
    if (turn_.ex.worker.services.live.watched()) {
      tell_progress(turn_.ex, turn_.outcome, turn_.planner, RequestNews::Phase::first_token);
    }
  }
  turn_.deadline.clear();
  keep_alive_.expires_after(kKeepAlive);
  co_return co_await flush(turn_.ex);
}

net::Task<AttemptResult> AttemptRunner::conclude() {
  turn_.deadline.clear();
  keep_alive_.clear();
  upstream_->release();
  bool sent = true;
  if (writer_) {
    close_batch();
    if (turn_.ex.head.version >= 11) turn_.ex.out += wire::kLastChunk;
    sent = co_await flush(turn_.ex);
  } else {
    const std::string body = builder_->body();
    const auto headers = routing_headers();
    sent = co_await respond_json(turn_.ex, 200, body, headers);
  }
  if (!turn_.outcome.ttft) {
    turn_.outcome.ttft =
        std::chrono::duration_cast<Millis>(turn_.ex.now().steady - turn_.ex.arrived.steady);
  }
  co_return result(sent ? AttemptEnd::served : AttemptEnd::gone);
}

/// Before the first byte the next candidate takes over. Afterwards the client is told inside the
/// stream, and the connection ends without [DONE], so that half an answer is never taken for a
/// whole one.
net::Task<AttemptResult> AttemptRunner::conclude_failure() {
  keep_alive_.clear();
  if (!committed_) {  // the head was written down, but nobody has seen it
    turn_.ex.out.clear();
    turn_.ex.head_sent = false;
    turn_.ex.status = 0;
  }
  if (turn_.abort.reason() == net::AbortReason::client_gone) co_return result(AttemptEnd::gone);
  if (upstream_->http().message_complete()) upstream_->release();
  if (!committed_) co_return result(AttemptEnd::failed);
  turn_.deadline.clear();
  const Error error{.kind = failure_.failure == FailureClass::timed_out
                                ? ErrorKind::timeout
                                : ErrorKind::upstream_protocol,
                    .source = ErrorSource::upstream,
                    .message = "the answer of " + routed_via_ + " broke off: " + failure_.message};
  chat::append_error_frame(turn_.ex.out, error);
  close_batch();
  turn_.ex.keep_alive = false;
  const bool sent = co_await flush(turn_.ex);
  co_return result(sent ? AttemptEnd::broken : AttemptEnd::gone);
}

// ---- bytes in
// -----------------------------------------------------------------------------------------

AttemptRunner::Progress AttemptRunner::take(std::string_view bytes) {
  auto progress = Progress::reading;
  auto& http = upstream_->http();
  const auto used = http.feed(bytes, [&](std::string_view body) {
    if (!head_seen_) progress = on_head();
    if (progress == Progress::reading) progress = on_body(body);
  });
  if (!used) return fail(plain_failure(FailureClass::provider_error, used.error().message));
  if (progress == Progress::reading && !head_seen_ && http.head_complete()) progress = on_head();
  if (progress == Progress::reading && http.message_complete()) progress = on_message_end();
  if (*used < bytes.size() && progress != Progress::failed) upstream_->close();
  return progress;
}

AttemptRunner::Progress AttemptRunner::take_end(const net::IoResult& end) {
  if (turn_.abort.reason() == net::AbortReason::timed_out) {
    return fail(
        plain_failure(FailureClass::timed_out, "waited too long for " + std::string{turn_.phase}));
  }
  if (turn_.abort.fired()) return fail(plain_failure(FailureClass::client_gone, "given up"));
  if (end.ec == boost::asio::error::eof && upstream_->http().feed_eof()) {
    if (const auto progress = head_seen_ ? Progress::reading : on_head();
        progress != Progress::reading) {
      return progress;
    }
    return on_message_end();
  }
  return fail(plain_failure(FailureClass::connect_failed,
                            upstream_->http().started()
                                ? "the connection broke in the middle of the answer"
                                : "the connection broke before an answer"));
}

AttemptRunner::Progress AttemptRunner::on_head() {
  head_seen_ = true;
  const auto& head = upstream_->http().head();
  const Now now = turn_.ex.now();
  if (const auto limits = adapter_.observe_limits(route(), head.headers, now); !limits.empty()) {
    turn_.planner.observed(limits, now);
  }
  phase("its first token", attempt_.platform->timeouts.first_byte);
  if (head.status != 200) return Progress::reading;  // the body explains
  const auto type = head.content_type();
  if (wire::iequals(type, "text/html")) {
    return fail(plain_failure(FailureClass::provider_error, "an HTML page instead of an answer"));
  }
  answer_ok_ = true;
  start_decoding(wire::iequals(type, "text/event-stream") || (turn_.request.stream && type.empty())
                     ? provider::BodyKind::event_stream
                     : provider::BodyKind::json);
  return Progress::reading;
}

AttemptRunner::Progress AttemptRunner::on_body(std::string_view bytes) {
  if (!answer_ok_) {
    error_body_ += bytes.substr(0, kMaxErrorBody - error_body_.size());
    return error_body_.size() == kMaxErrorBody ? on_error_answer() : Progress::reading;
  }
  if (const Status fed = decoder_->feed(bytes, *normalizer_); !fed)
    return fail(decoder_->failure());
  if (builder_ && builder_->size() > kMaxAnswer) {
    return fail(plain_failure(FailureClass::provider_error, "an answer of more than 64 MiB"));
  }
  if (!first_token_ && normalizer_->has_payload()) first_token_ = since_start();
  return decoder_->complete() ? on_message_end() : Progress::reading;
}

/// The answer is over, by its own word ([DONE]) or by the end of the message.
AttemptRunner::Progress AttemptRunner::on_message_end() {
  if (!answer_ok_) return on_error_answer();
  if (const Status finished = decoder_->finish(*normalizer_); !finished)
    return fail(decoder_->failure());
  normalizer_->finish();
  if (!committed_ && !normalizer_->has_answer()) {
    return fail(plain_failure(FailureClass::dead_turn, "an answer without content"));
  }
  if (!first_token_) first_token_ = since_start();
  if (writer_) writer_->finish();
  return Progress::finished;
}

AttemptRunner::Progress AttemptRunner::on_error_answer() {
  const auto& head = upstream_->http().head();
  if ((poll_ = provider::poll_request(head.status, head.headers, route()))) {
    patience_ = std::min(patience_, turn_.ex.now().steady + attempt_.platform->timeouts.first_byte);
    return Progress::promised;
  }
  auto failure = adapter_.classify(head.status, head.headers, error_body_, route(), turn_.ex.now());
  if (failure.failure == FailureClass::model_slip && !turn_.tools.empty()) {
    start_decoding(provider::BodyKind::json);
    if (provider::rescue_failed_generation(error_body_, turn_.request, *normalizer_)) {
      normalizer_->finish();
      if (writer_) writer_->finish();
      first_token_ = since_start();
      return Progress::finished;
    }
  }
  return fail(std::move(failure));
}

AttemptRunner::Progress AttemptRunner::fail(chat::UpstreamFailure failure) {
  failure_ = std::move(failure);
  return Progress::failed;
}

// ---- bytes out
// ----------------------------------------------------------------------------------------

void AttemptRunner::start_decoding(provider::BodyKind kind) {
  auto& ex = turn_.ex;
  const chat::ChunkIdentity identity{chat::new_completion_id(ex.worker.net.random()),
                                     std::chrono::system_clock::to_time_t(ex.arrived.wall),
                                     attempt_.model->upstream_id};
  chat::DeltaSink* sink = nullptr;
  if (turn_.request.stream) {
    writer_.emplace(
        identity, turn_.request.include_usage ? chat::UsageChunk::include : chat::UsageChunk::omit);
    writer_->write_to(ex.out);
    sink = &*writer_;
    prepare_stream_head();
  } else {
    builder_.emplace(identity, attempt_.platform->slug);
    sink = &*builder_;
  }
  const chat::NormalizerOptions options{.tools = turn_.tools.empty() ? nullptr : &turn_.tools,
                                        .prompt_tokens = turn_.request.needs.prompt_tokens};
  normalizer_.emplace(*sink, options, ex.worker.net.random());
  decoder_ = adapter_.make_decoder(turn_.request, route(), kind);
}

/// Puts the head in front of the output, where it waits for the first payload. If the attempt fails
/// before that, both are thrown away together.
void AttemptRunner::prepare_stream_head() {
  auto& ex = turn_.ex;
  ex.out.clear();
  auto headers = routing_headers();
  headers.push_back({"Cache-Control", "no-cache"});
  headers.push_back({"X-Accel-Buffering", "no"});
  append_head(ex, 200, "text/event-stream; charset=utf-8", -1, headers);
  open_batch();
}

std::vector<HeaderField> AttemptRunner::routing_headers() {
  routed_via_ = attempt_.platform->slug + "/" + attempt_.model->upstream_id;
  const int failed_before = turn_.planner.failed_attempts();
  fallback_count_ = std::to_string(failed_before);
  const auto total =
      std::chrono::duration_cast<microseconds>(turn_.ex.now().steady - turn_.ex.arrived.steady);
  const auto upstream = since_start();
  timing_ = server_timing(turn_, upstream, total - upstream);
  std::vector<HeaderField> headers{{"X-Routed-Via", routed_via_},
                                   {"X-Fallback-Attempts", fallback_count_},
                                   {"Server-Timing", timing_}};
  if (failed_before > 0) {
    trail_ = routing::fallback_trail(turn_.planner.explain());
    headers.push_back({"X-Fallback-Trail", trail_});
  }
  return headers;
}

/// Everything decoded from one read goes out as one chunk.
void AttemptRunner::open_batch() {
  if (!writer_ || batch_open_) return;
  batch_open_ = true;
  if (turn_.ex.head.version >= 11) chunk_ = wire::open_chunk(turn_.ex.out);
  body_begin_ = turn_.ex.out.size();
}

void AttemptRunner::close_batch() {
  if (chunk_) wire::close_chunk(turn_.ex.out, *chunk_);
  chunk_.reset();
  batch_open_ = false;
}

bool AttemptRunner::has_output() const {
  if (!writer_ || !normalizer_->has_payload()) return false;
  return turn_.ex.out.size() > body_begin_;
}

void AttemptRunner::send_keep_alive() {
  std::string frame;
  if (turn_.ex.head.version >= 11) {
    const auto mark = wire::open_chunk(frame);
    frame += kKeepAliveComment;
    wire::close_chunk(frame, mark);
  } else {
    frame = kKeepAliveComment;
  }
  if (turn_.ex.client.try_send(frame)) keep_alive_.expires_after(kKeepAlive);
}

void AttemptRunner::phase(std::string_view name, Millis limit) {
  turn_.phase = name;
  const auto until = turn_.ex.now().steady + limit;
  turn_.deadline.expires_at(committed_ ? until : std::min({until, patience_, attempt_.deadline}));
}

AttemptResult AttemptRunner::result(AttemptEnd end) {
  turn_.deadline.clear();
  AttemptResult done;
  done.end = end;
  done.failure = std::move(failure_);
  if (normalizer_) done.usage = normalizer_->usage().value_or(chat::Usage{});
  done.timings = {.first_token = first_token_.value_or(microseconds{}), .total = since_start()};
  return done;
}

}  // namespace

net::Task<AttemptResult> run_attempt(ChatTurn& turn, const routing::Attempt& attempt) {
  AttemptRunner runner{turn, attempt};
  co_return co_await runner.run();
}

}  // namespace freellm::proxy
