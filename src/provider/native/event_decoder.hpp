#pragma once
// What the decoders of foreign formats have in common: event streams and whole bodies cut into JSON
// documents, bounds, tolerance for broken lines, and the failure to hand over.
//
// One per attempt, one thread.

#include <cstddef>
#include <string>
#include <string_view>

#include "freellm/provider/adapter.hpp"
#include "freellm/wire/sse.hpp"

namespace freellm::provider::native {

class EventDecoder : public ResponseDecoder {
 public:
  explicit EventDecoder(BodyKind body) : body_(body) {}

  [[nodiscard]] Status feed(std::string_view body_bytes, chat::DeltaSink& out) final;
  [[nodiscard]] Status finish(chat::DeltaSink& out) final;
  [[nodiscard]] bool complete() const final { return complete_; }
  [[nodiscard]] const chat::UpstreamFailure& failure() const final { return failure_; }
  [[nodiscard]] bool only_liveness() const final { return only_liveness_; }

 protected:
  /// One well-formed JSON document: the data of an event, or the whole body (each element of a body
  /// that is an array). Views are valid during the call.
  virtual Status on_document(std::string_view json, chat::DeltaSink& out) = 0;
  /// The body has ended without a failure. Must refuse an answer that was cut short.
  virtual Status on_end(chat::DeltaSink& out) = 0;

  [[nodiscard]] BodyKind body() const { return body_; }
  /// Nothing after this matters.
  void set_complete() { complete_ = true; }
  /// Ends the attempt; the result is for returning.
  [[nodiscard]] Status fail(chat::UpstreamFailure failure);
  /// A failure of the answer itself, found by us rather than stated by the provider.
  [[nodiscard]] Status fail(chat::FailureClass failure, std::string message);

 private:
  void on_event(std::string_view data, chat::DeltaSink& out);
  [[nodiscard]] Status decode_body(chat::DeltaSink& out);
  void sniff(std::string_view bytes);

  BodyKind body_;
  wire::SseDecoder events_;
  std::string whole_;     ///< a JSON body until it is complete
  std::string repaired_;  ///< scratch for documents with invalid UTF-8
  chat::UpstreamFailure failure_;
  Status state_;
  int broken_in_a_row_ = 0;
  std::size_t documents_ = 0;
  bool sniffed_ = false;
  bool complete_ = false;
  bool only_liveness_ = false;
};

}  // namespace freellm::provider::native
