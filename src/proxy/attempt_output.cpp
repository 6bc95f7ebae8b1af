#include "attempt_output.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "freellm/chat/error_body.hpp"
#include "freellm/routing/explain.hpp"
#include "freellm/wire/http1_encoder.hpp"

namespace freellm::proxy {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

/// Contract: silence longer than this sends a comment, so that proxies and SDKs on the way do not
/// give up.
constexpr Millis kKeepAlive{15'000};
constexpr std::string_view kKeepAliveComment = ": keep-alive\n\n";

/// In milliseconds with three decimals.
void append_duration(std::string& out, std::string_view name, microseconds us) {
  const auto count = std::max<std::int64_t>(0, us.count());
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), count / 1000).ptr;
  out += name;
  out += ";dur=";
  out.append(digits.data(), end);
  const std::array<char, 4> fraction{'.', static_cast<char>('0' + count / 100 % 10),
                                     static_cast<char>('0' + count / 10 % 10),
                                     static_cast<char>('0' + count % 10)};
  out.append(fraction.data(), fraction.size());
}

/// "queue;dur=0.050, route;dur=0.010, upstream_ttfb;dur=212.400, overhead;dur=0.300"
/// (milliseconds).
std::string timing_text(const ChatTurn& turn, microseconds upstream, microseconds overhead) {
  std::string out;
  out.reserve(96);
  append_duration(out, "queue", turn.queue_time);
  append_duration(out, ", route", turn.route_time);
  append_duration(out, ", upstream_ttfb", upstream);
  append_duration(out, ", overhead", overhead);
  return out;
}

}  // namespace

AttemptOutput::AttemptOutput(ChatTurn& turn, const routing::Attempt& attempt, Now started)
    : turn_(turn),
      attempt_(attempt),
      started_(started),
      keep_alive_(turn.ex.worker.net.deadlines(), [this] { send_keep_alive(); }) {}

void AttemptOutput::prepare() {
  if (!turn_.request.stream) return;
  writer_.emplace(identity(),
                  turn_.request.include_usage ? chat::UsageChunk::include : chat::UsageChunk::omit);
  writer_->write_to(turn_.ex.out);
  auto headers = routing_headers();
  headers.push_back({"Cache-Control", "no-cache"});
  headers.push_back({"X-Accel-Buffering", "no"});
  fields_.clear();
  append_fields(turn_.ex, fields_, 200, "text/event-stream; charset=utf-8", -1, headers);
  prepared_ = true;
}

chat::DeltaSink& AttemptOutput::begin(Now now) {
  if (!turn_.request.stream) return builder_.emplace(identity(), attempt_.platform->slug);
  if (!std::exchange(prepared_, false)) {
    prepare();
    prepared_ = false;
  }
  write_stream_head(now);
  open_batch();
  return *writer_;
}

chat::ChunkIdentity AttemptOutput::identity() const {
  const auto& ex = turn_.ex;
  return {chat::new_completion_id(ex.worker.net.random()),
          std::chrono::system_clock::to_time_t(ex.arrived.wall), attempt_.model->upstream_id};
}

/// Puts the head in front of the output, where it waits for the first payload. If the attempt fails
/// before that, both are thrown away together.
void AttemptOutput::write_stream_head(Now now) {
  auto& out = turn_.ex.out;
  out.clear();
  batch_open_ = false;
  chunk_.reset();
  append_status(turn_.ex, 200);
  out += fields_;
  wire::HeadWriter{out}.field("Server-Timing", server_timing(now)).finish();
}

/// All but Server-Timing, which is known when the answer comes.
std::vector<HeaderField> AttemptOutput::routing_headers() {
  routed_via_ = attempt_.platform->slug + "/" + attempt_.model->upstream_id;
  const int failed_before = turn_.planner.failed_attempts();
  fallback_count_ = std::to_string(failed_before);
  std::vector<HeaderField> headers;
  headers.reserve(5);
  headers.push_back({"X-Routed-Via", routed_via_});
  headers.push_back({"X-Fallback-Attempts", fallback_count_});
  if (failed_before > 0) {
    trail_ = turn_.planner.fallback_trail();
    headers.push_back({"X-Fallback-Trail", trail_});
  }
  return headers;
}

std::string AttemptOutput::server_timing(Now now) const {
  const auto total = duration_cast<microseconds>(now.steady - turn_.ex.arrived.steady);
  const auto upstream = duration_cast<microseconds>(now.steady - started_.steady);
  return timing_text(turn_, upstream, total - upstream);
}

void AttemptOutput::open_batch() {
  if (!writer_ || prepared_ || batch_open_) return;
  batch_open_ = true;
  if (turn_.ex.head.version >= 11) chunk_ = wire::open_chunk(turn_.ex.out);
  batch_begin_ = turn_.ex.out.size();
}

void AttemptOutput::close_batch() {
  if (chunk_) wire::close_chunk(turn_.ex.out, *chunk_);
  chunk_.reset();
  batch_open_ = false;
}

bool AttemptOutput::batch_has_events() const {
  return writer_ && !prepared_ && turn_.ex.out.size() > batch_begin_;
}

void AttemptOutput::end_events() {
  if (writer_) writer_->finish();
}

void AttemptOutput::note_first_byte(Now now) {
  committed_ = true;
  if (turn_.outcome.ttft) return;
  turn_.outcome.ttft = duration_cast<Millis>(now.steady - turn_.ex.arrived.steady);
}

void AttemptOutput::seal_batch(Now now) {
  close_batch();
  if (!committed_) {
    note_first_byte(now);
    if (turn_.ex.worker.services.live.watched()) {
      tell_progress(turn_.ex, turn_.outcome, turn_.planner, RequestNews::Phase::first_token);
    }
  }
  turn_.deadline.clear();
  keep_alive_.expires_at(now.steady + kKeepAlive);
}

net::Task<bool> AttemptOutput::send_end(Now now) {
  turn_.deadline.clear();
  keep_alive_.clear();
  note_first_byte(now);
  if (writer_) {
    close_batch();
    if (turn_.ex.head.version >= 11) turn_.ex.out += wire::kLastChunk;
    co_return co_await flush(turn_.ex, now.steady);
  }
  const std::string body = builder_->body();
  const std::string timing = server_timing(now);
  auto headers = routing_headers();
  headers.push_back({"Server-Timing", timing});
  co_return co_await respond_json(turn_.ex, 200, body, headers);
}

net::Task<bool> AttemptOutput::send_broken(const Error& error) {
  turn_.deadline.clear();
  keep_alive_.clear();
  chat::append_error_frame(turn_.ex.out, error);
  close_batch();
  // Cut off, the body would be an error of its own to some clients, which then drop what they have
  // not handed on yet: the frame that says why (undici since Node 22).
  if (turn_.ex.head.version >= 11) turn_.ex.out += wire::kLastChunk;
  turn_.ex.keep_alive = false;
  const SteadyTime now = turn_.ex.now().steady;
  co_return co_await flush(turn_.ex, now);
}

void AttemptOutput::discard() {
  turn_.ex.out.clear();
  turn_.ex.head_sent = false;
  turn_.ex.status = 0;
}

void AttemptOutput::send_keep_alive() {
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

}  // namespace freellm::proxy
