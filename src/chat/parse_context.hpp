#pragma once
// What the parts of the request parser share: the reader, where in the document it is, and the
// first complaint.
//
// The path is kept while walking (two words per step) so that a complaint can name its place; it is
// only spelt out when there is one.

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "chat/json_reader.hpp"
#include "freellm/base/error.hpp"
#include "freellm/chat/request.hpp"
#include "freellm/chat/token_estimate.hpp"

namespace freellm::chat {

class ParseContext {
 public:
  explicit ParseContext(ChatRequest& chat_request)
      : json(chat_request.body.data(), chat_request.body.size()), request(chat_request) {}

  JsonReader json;
  ChatRequest& request;
  TextCount text;                    ///< everything the model will read
  std::int64_t overhead_tokens = 0;  ///< images, message frames
  wire::JsonText chosen_tool;        ///< function named by tool_choice

  /// Refuses the request for what stands at the current path.
  void refuse(std::string message);
  /// "Missing required parameter: 'messages[1].role'." for `member` of the current path.
  void refuse_missing(std::string_view member);
  void refuse_type(std::string_view expected, JsonKind got);
  /// "Invalid value: 'x'. Supported values are: …"
  void refuse_value(std::string_view got, std::initializer_list<std::string_view> supported);

  /// True when the next value is of that kind; refuses the request otherwise.
  bool expect(JsonKind kind);
  /// Reads the next value when it is null; OpenAI clients send null for "not set" everywhere.
  bool skip_null();
  /// Reads a string, counting its tokens.
  wire::JsonText counted_string();
  /// Reads any value, counting its tokens.
  std::string_view counted_value();

  [[nodiscard]] bool ok() const { return json.ok(); }
  [[nodiscard]] std::optional<Error>& refusal() { return refusal_; }

 private:
  friend class PathStep;
  struct Step {
    std::string_view name;   ///< a member, or
    std::int64_t index = 0;  ///< an element when `name` is empty
  };
  /// Deeper steps are counted but not remembered: no known member stands that deep.
  static constexpr std::size_t kMaxSteps = 12;

  [[nodiscard]] std::string path() const;

  std::array<Step, kMaxSteps> steps_{};
  std::size_t step_count_ = 0;
  std::optional<Error> refusal_;
};

/// Puts a member or an element on the path for its lifetime.
class PathStep {
 public:
  PathStep(ParseContext& context, std::string_view name, std::int64_t index = 0)
      : context_(context) {
    if (context_.step_count_ < ParseContext::kMaxSteps) {
      context_.steps_[context_.step_count_] = {name, index};
    }
    ++context_.step_count_;
  }
  PathStep(ParseContext& context, std::int64_t index) : PathStep(context, {}, index) {}
  PathStep(const PathStep&) = delete;
  PathStep& operator=(const PathStep&) = delete;
  ~PathStep() { --context_.step_count_; }

 private:
  ParseContext& context_;
};

/// Reads `messages`, filling traits, needs and the estimate.
void parse_messages(ParseContext& context);
/// Read `tools`, the legacy `functions`, `tool_choice`, the legacy `function_call` and
/// `response_format`.
void parse_tools(ParseContext& context);
void parse_functions(ParseContext& context);
void parse_tool_choice(ParseContext& context);
void parse_response_format(ParseContext& context);
/// Checks a sampling parameter of that name. False when the name is none of ours (nothing was
/// read).
bool parse_parameter(ParseContext& context, std::string_view name);

/// At most 64 bytes of `raw`, cut between characters, for quoting in a message.
[[nodiscard]] std::string quoted_excerpt(std::string_view raw);

}  // namespace freellm::chat
