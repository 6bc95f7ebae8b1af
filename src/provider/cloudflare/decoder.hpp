#pragma once
// Decodes what Workers AI answers: OpenAI chunks, its native {"response"} events, either of them
// inside the API's {"result","success","errors"} envelope, or one JSON document to a stream
// request.
//
// One per attempt, one thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "provider/native/event_decoder.hpp"
#include "provider/openai_event.hpp"

namespace freellm::provider::cloudflare {

class Decoder final : public native::EventDecoder {
 public:
  Decoder(BodyKind body, std::string model_id);

 private:
  Status on_document(std::string_view json, chat::DeltaSink& out) override;
  Status on_end(chat::DeltaSink& out) override;

  [[nodiscard]] Status take_openai(std::string_view json, chat::DeltaSink& out);
  void take_native(std::string_view json, chat::DeltaSink& out);
  void take_response(std::string_view value, chat::DeltaSink& out);
  void take_calls(std::string_view calls, chat::DeltaSink& out);
  [[nodiscard]] Status refuse(std::string_view error_body);

  std::string model_id_;
  EventReader openai_;
  std::uint32_t calls_ = 0;
  bool native_payload_ = false;
  bool native_finish_ = false;
};

}  // namespace freellm::provider::cloudflare
