#pragma once
// AttemptInput: a provider's answer as it arrives: HTTP, then the platform's format, then deltas.
//
// Knows neither sockets nor waiting: bytes go in, deltas go to the AttemptOutput, and the answer of
// every step says how to go on. One per exchange; belongs to the attempt's coroutine.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "attempt.hpp"
#include "attempt_output.hpp"
#include "freellm/chat/normalizer.hpp"
#include "freellm/net/byte_stream.hpp"
#include "freellm/provider/adapter.hpp"
#include "upstream_exchange.hpp"

namespace freellm::proxy {

enum class Progress : std::uint8_t {
  reading,   ///< more is to come
  finished,  ///< the answer is whole
  failed,    ///< failure() says why
  promised,  ///< it will be elsewhere later: take_poll()
};

class AttemptInput {
 public:
  /// All references must outlive this.
  AttemptInput(ChatTurn& turn, const provider::Adapter& adapter, const provider::Route& route,
               UpstreamExchange& upstream, AttemptOutput& output);

  /// Makes ready for the answer that is most likely; worth doing while nothing else can be done but
  /// wait for it.
  void prepare();
  /// Takes what one read brought. `now`: when it did.
  Progress take(std::string_view bytes, Now now);
  /// Takes the end of the connection, or the error that reading ended with.
  Progress take_end(const net::IoResult& end, Now now);

  [[nodiscard]] bool head_seen() const { return head_seen_; }
  /// Something a client would see has been decoded.
  [[nodiscard]] bool has_payload() const { return normalizer_ && normalizer_->has_payload(); }
  [[nodiscard]] std::optional<chat::Usage> usage() const;
  /// When the first token was decoded.
  [[nodiscard]] std::optional<SteadyTime> first_token() const { return first_token_; }
  [[nodiscard]] chat::UpstreamFailure& failure() { return failure_; }
  /// Where the promised answer is to be asked for.
  [[nodiscard]] provider::UpstreamRequest take_poll() { return std::move(*poll_); }

 private:
  Progress on_head();
  Progress on_body(std::string_view bytes);
  Progress on_message_end();
  [[nodiscard]] bool was_cut_by_client() const;
  Progress on_error_answer();
  [[nodiscard]] bool is_json_cut_short() const;
  Progress fail(chat::UpstreamFailure failure);
  void make_decoder(provider::BodyKind kind);
  void start_decoding(provider::BodyKind kind);
  void note_first_token();

  ChatTurn& turn_;
  const provider::Adapter& adapter_;
  const provider::Route route_;
  UpstreamExchange& upstream_;
  AttemptOutput& output_;

  Now now_{};  ///< when the bytes at hand were read
  bool head_seen_ = false;
  bool answer_ok_ = false;  ///< 200: decoding; else collecting an error body
  std::string error_body_;
  std::unique_ptr<provider::ResponseDecoder> decoder_;
  provider::BodyKind decodes_{};  ///< what `decoder_` was made for
  std::optional<chat::StreamNormalizer> normalizer_;
  std::optional<SteadyTime> first_token_;
  std::optional<provider::UpstreamRequest> poll_;
  chat::UpstreamFailure failure_;
};

}  // namespace freellm::proxy
