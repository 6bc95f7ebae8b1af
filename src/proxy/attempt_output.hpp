#pragma once
// AttemptOutput: an attempt's answer on its way to the client, as bytes in the exchange's output
// buffer: a stream of chunks behind its head, or one whole body.
//
// Nothing leaves before the first payload, so that an attempt that fails until then leaves no
// trace. Belongs to the attempt's coroutine.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "attempt.hpp"
#include "freellm/chat/chunk_writer.hpp"
#include "freellm/chat/completion_builder.hpp"
#include "freellm/net/deadline.hpp"
#include "freellm/wire/chunked.hpp"

namespace freellm::proxy {

class AttemptOutput {
 public:
  /// `started`: of the attempt, for Server-Timing. All references must outlive this.
  AttemptOutput(ChatTurn& turn, const routing::Attempt& attempt, Now started);
  AttemptOutput(const AttemptOutput&) = delete;
  AttemptOutput& operator=(const AttemptOutput&) = delete;

  /// Writes what of a stream's beginning does not depend on the answer; worth doing while nothing
  /// else can be done but wait for it. begin() does it otherwise.
  void prepare();
  /// An answer has begun: returns where its deltas go. What an earlier try left here is dropped.
  chat::DeltaSink& begin(Now now);

  /// Everything decoded between these two goes out as one chunk. Both do nothing for a whole
  /// answer.
  void open_batch();
  void close_batch();
  [[nodiscard]] bool batch_has_events() const;
  /// The answer has ended: writes the events that end a stream.
  void end_events();
  /// Bytes collected for a whole answer.
  [[nodiscard]] std::size_t collected() const { return builder_ ? builder_->size() : 0; }

  /// Readies the batch for flush(); the first time the response head goes with it.
  void seal_batch(Now now);
  /// Sends the end of the stream, or the whole answer. False when the client is gone, here and
  /// below.
  net::Task<bool> send_end(Now now);
  /// Tells the client inside the stream that the answer broke off; the connection ends after it.
  net::Task<bool> send_broken(const Error& error);
  /// Takes back a head that nobody has seen.
  void discard();

  /// Bytes of the answer have gone to the client.
  [[nodiscard]] bool committed() const { return committed_; }
  /// "groq/llama-3.3-70b-versatile", once begin() was called.
  [[nodiscard]] const std::string& routed_via() const { return routed_via_; }
  void stop_keep_alive() { keep_alive_.clear(); }

 private:
  void write_stream_head(Now now);
  void note_first_byte(Now now);
  void send_keep_alive();
  [[nodiscard]] chat::ChunkIdentity identity() const;
  [[nodiscard]] std::vector<HeaderField> routing_headers();
  [[nodiscard]] std::string server_timing(Now now) const;

  ChatTurn& turn_;
  const routing::Attempt& attempt_;
  Now started_;
  net::Deadline keep_alive_;
  std::optional<chat::ChunkWriter> writer_;
  std::optional<chat::CompletionBuilder> builder_;
  std::optional<wire::ChunkMark> chunk_;  ///< open in ex.out
  bool batch_open_ = false;
  std::size_t batch_begin_ = 0;  ///< where the events of this batch begin in ex.out
  bool committed_ = false;
  bool prepared_ = false;  ///< and not begun: nothing may be written yet
  std::string fields_;     ///< of a stream's head, all but the first and the last
  std::string routed_via_, fallback_count_, trail_;
};

}  // namespace freellm::proxy
