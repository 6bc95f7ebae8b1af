#pragma once
// ChatRequest: the client's request, looked at once.
//
// It keeps the raw bytes and remembers where the top-level members stand, so that an OpenAI-shaped
// upstream gets the client's own bytes with a few members patched. Translation to a foreign format
// goes through canonical_messages() (chat/canonical.hpp), which builds a DOM only then.
//
// Movable, not copyable: the views point into its own buffer. Immutable after parsing.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "freellm/base/result.hpp"

namespace freellm::chat {

/// Keeps a body's memory for the next one.
struct GiveBodyBack {
  std::size_t size = 0;  ///< of the block
  void operator()(char* data) const noexcept;
};

/// Bytes of a request body with room behind them that may be read but means nothing (simdjson reads
/// up to 64 bytes past the end). The server reads straight into one; nothing is copied again.
class PaddedBuffer {
 public:
  static constexpr std::size_t kPadding = 64;

  PaddedBuffer() = default;
  /// Room for `capacity` bytes plus padding, zeroed only in the padding.
  explicit PaddedBuffer(std::size_t capacity);
  static PaddedBuffer copy_of(std::string_view bytes);

  [[nodiscard]] char* data() { return data_.get(); }
  [[nodiscard]] std::string_view view() const { return {data_.get(), size_}; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  /// Sets how many bytes are meaningful (<= capacity) and zeroes the padding behind them.
  void resize(std::size_t size);
  /// Appends, growing by doubling. For bodies of unknown length.
  void append(std::string_view bytes);

 private:
  std::unique_ptr<char[], GiveBodyBack> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// A top-level member of the request: where its parts stand in the body.
struct Member {
  std::string_view name;   ///< unescaped spelling as sent, without quotes
  std::string_view value;  ///< raw JSON value
};

enum class ResponseFormat : std::uint8_t { text, json_object, json_schema };
enum class ToolChoice : std::uint8_t { unset, automatic, none, required, named };

/// What a route must be able to do.
struct RequestNeeds {
  bool tools =
      false;  ///< tools declared (and tool_choice is not none), or tool turns in the history
  bool vision = false;  ///< an image part anywhere
  bool json = false;    ///< response_format json_object or json_schema
  bool json_schema = false;
  std::int64_t prompt_tokens = 0;  ///< estimate: text, tools, images
  std::int64_t output_tokens = 0;  ///< what to book for the answer: min(max_tokens or 1000, 2000)
};

/// Facts about the messages array that decide whether an upstream can take it verbatim.
struct MessageTraits {
  bool developer_role = false;
  bool function_role = false;  ///< legacy function messages or assistant function_call
  bool null_content = false;   ///< any content: null or absent
  bool array_content = false;  ///< any content given as parts
  bool foreign_members =
      false;                    ///< reasoning_content, thought_signature, refusal, annotations, ...
  bool named_messages = false;  ///< messages[].name
  bool tool_history = false;    ///< assistant tool_calls or tool messages
  bool irregular_tool_calls =
      false;  ///< null/empty tool_calls, missing type or id, object arguments, a result of null
  bool empty_assistant = false;   ///< assistant turn with neither content nor calls
  bool system_not_first = false;  ///< a system/developer message after another kind, or several
  bool remote_image = false;      ///< image_url that is not a data URI
  bool other_media = false;       ///< input_audio, file or video_url parts
  bool irregular_parts = false;   ///< bare strings or typeless {text} in a content array
  bool assistant_turn = false;    ///< history holds an assistant turn
  bool ends_with_tool_result = false;
};

struct ChatRequest {
  PaddedBuffer body;
  std::vector<Member> members;  ///< in the order sent; views into `body`

  std::string model;
  bool stream = false;
  bool include_usage = false;  ///< stream_options.include_usage
  RequestNeeds needs;
  MessageTraits traits;
  ResponseFormat response_format = ResponseFormat::text;
  ToolChoice tool_choice = ToolChoice::unset;
  std::optional<std::int64_t>
      max_tokens;                       ///< max_completion_tokens, else max_tokens; only when > 0
  std::vector<std::string> tool_names;  ///< declared functions
  std::vector<std::string>
      allowed_tools;  ///< tool_choice allowed_tools: the only functions to offer; empty = all
  bool typeless_tools = false;  ///< a tool without `type`
  std::string_view
      first_user_message;  ///< raw JSON value of its content, into `body`; may be empty

  [[nodiscard]] const Member* find(std::string_view name) const {
    for (const auto& member : members) {
      if (member.name == name) return &member;
    }
    return nullptr;
  }

  ChatRequest() = default;
  ChatRequest(ChatRequest&&) = default;
  ChatRequest& operator=(ChatRequest&&) = default;
  ChatRequest(const ChatRequest&) = delete;
  ChatRequest& operator=(const ChatRequest&) = delete;
  ~ChatRequest() = default;
};

/// Checks and indexes a request body. Strict where OpenAI is strict (types, required members,
/// roles, ranges), tolerant of what real clients send (null members, object arguments, developer
/// and function roles, ...). Errors are bad_request with `param` set to the path
/// ("messages[1].content") and code invalid_json or invalid_request. Nesting is bounded (128), so
/// hostile input cannot exhaust the stack.
[[nodiscard]] Result<ChatRequest> parse_chat_request(PaddedBuffer body);

}  // namespace freellm::chat
