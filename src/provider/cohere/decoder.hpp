#pragma once
// Decodes Cohere v2 answers: typed stream events, and the whole body.
//
// One per attempt, one thread. Citations are dropped; the tool plan is reasoning.

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "provider/native/event_decoder.hpp"

namespace freellm::provider::cohere {

class Decoder final : public native::EventDecoder {
 public:
  Decoder(BodyKind body, std::string model_id);

 private:
  Status on_document(std::string_view json, chat::DeltaSink& out) override;
  Status on_end(chat::DeltaSink& out) override;

  [[nodiscard]] Status take_answer(std::string_view json, chat::DeltaSink& out);
  void take_content(std::string_view content, chat::DeltaSink& out);
  void take_calls(std::string_view calls, chat::DeltaSink& out);
  void take_call(std::uint32_t index, std::string_view call, chat::DeltaSink& out);
  void end_call(std::uint32_t index, chat::DeltaSink& out);
  /// `end` holds finish_reason, usage and perhaps error.
  [[nodiscard]] Status take_end(std::string_view end, chat::DeltaSink& out);
  void emit(chat::DeltaSink& out, const chat::Delta& delta);

  std::string model_id_;
  std::set<std::uint32_t> calls_with_arguments_;
  bool has_payload_ = false;
  bool ended_ = false;
};

}  // namespace freellm::provider::cohere
