#pragma once
// Decodes generateContent bodies and streamGenerateContent events: the same document in both.
//
// One per attempt, one thread. There is no terminator: a finishReason is what tells a whole answer
// from a cut one. Signatures of function calls go into the cache on the way.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "provider/google/partial_arguments.hpp"
#include "provider/google/signature_cache.hpp"
#include "provider/native/event_decoder.hpp"

namespace freellm::provider::google {

class Decoder final : public native::EventDecoder {
 public:
  /// `signatures` and `clock` must outlive this.
  Decoder(BodyKind body, std::string model_id, SignatureCache& signatures, const Clock& clock);

 private:
  /// A call as sent: escaped JSON text, but plain JSON for the arguments.
  struct Call {
    std::string_view id, name, arguments, signature;
  };
  /// A call whose arguments come in pieces, until its last one.
  struct OpenCall {
    std::string id, name, signature;
    PartialArguments arguments;
  };
  struct Candidate {
    std::optional<OpenCall> open;
    std::uint32_t calls = 0;
    bool has_payload = false;
    bool ended = false;
  };

  Status on_document(std::string_view json, chat::DeltaSink& out) override;
  Status on_end(chat::DeltaSink& out) override;

  [[nodiscard]] Status take_candidate(std::string_view json, chat::DeltaSink& out);
  void take_part(std::uint32_t index, Candidate& candidate, std::string_view part,
                 chat::DeltaSink& out);
  void take_call(std::uint32_t index, Candidate& candidate, std::string_view part,
                 std::string_view json, chat::DeltaSink& out);
  void continue_call(std::uint32_t index, Candidate& candidate, std::string_view json,
                     chat::DeltaSink& out);
  void emit_call(std::uint32_t index, Candidate& candidate, const Call& call, chat::DeltaSink& out);
  [[nodiscard]] Status end_candidate(std::uint32_t index, Candidate& candidate,
                                     std::string_view reason, chat::DeltaSink& out);
  [[nodiscard]] Status blocked(std::string_view reason);

  std::string model_id_;
  SignatureCache& signatures_;
  const Clock& clock_;
  std::map<std::uint32_t, Candidate> candidates_;
};

}  // namespace freellm::provider::google
