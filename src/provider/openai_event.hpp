// One JSON document of an OpenAI-shaped answer (a stream event or a whole body) into deltas.
// Private to the provider layer.
//
// No DOM: the document is validated once, then walked; the deltas' texts are views into it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "freellm/chat/delta.hpp"
#include "freellm/provider/quirks.hpp"
#include "provider/repeated_event.hpp"

namespace freellm::provider {

/// What a document turned out to be.
enum class EventKind : std::uint8_t {
  answer,     ///< choices, usage, or something else harmless
  error,      ///< an in-band error; the document is the error body
  malformed,  ///< not JSON
};

/// finish_reason as sent. An unknown word counts as stop; nullopt means the provider gave up
/// ("error").
[[nodiscard]] std::optional<chat::FinishReason> finish_reason_of(std::string_view sent);

/// Reads a usage object under any of the names in use. False when it says nothing (absent or all
/// zero).
[[nodiscard]] bool read_usage(std::string_view object, chat::Usage& usage);

class EventReader {
 public:
  explicit EventReader(const QuirkSet& quirks) : quirks_(quirks) {}

  EventKind read(std::string_view json, chat::DeltaSink& out);

  /// After EventKind::error: the part of the document that is the error body.
  [[nodiscard]] std::string_view error_body() const { return error_body_; }
  [[nodiscard]] bool saw_finish() const { return saw_finish_; }
  [[nodiscard]] bool saw_payload() const { return saw_payload_; }

 private:
  struct Top {
    std::string_view choices, usage, error, groq;
    bool looks_like_error = false;
  };
  EventKind read_whole(std::string_view json, chat::DeltaSink& out);
  [[nodiscard]] bool find_error(const Top& top, std::string_view json);
  bool read_choices(std::string_view choices, const chat::Usage* usage, chat::DeltaSink& out);
  bool read_choice(std::string_view choice, const chat::Usage* usage, chat::DeltaSink& out);
  void read_message(std::string_view message, chat::Delta& delta, chat::DeltaSink& out);
  void read_parts(std::string_view parts, const chat::Delta& delta, chat::DeltaSink& out);
  void read_part(std::string_view part, chat::Delta& delta);
  void read_thinking(std::string_view value, const chat::Delta& delta, chat::DeltaSink& out);
  void read_calls(std::string_view calls);
  void read_call(std::string_view call);
  void read_function(std::string_view function, chat::ToolCallFragment& fragment);
  [[nodiscard]] bool is_reasoning(std::string_view name) const;
  void emit(const chat::Delta& delta, chat::DeltaSink& out);

  const QuirkSet& quirks_;
  RepeatedEvent repeated_;
  int emitted_ = 0;   ///< deltas of the document at hand
  chat::Delta last_;  ///< the last of them; its views end with the document
  std::vector<chat::ToolCallFragment> calls_;
  std::list<std::string> texts_;  ///< escaped copies of what came as objects; stays put
  std::string_view error_body_;
  bool saw_finish_ = false;
  bool saw_payload_ = false;
};

}  // namespace freellm::provider
