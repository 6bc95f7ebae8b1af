#pragma once
// TextRescue: finds tool calls that a model wrote as text and takes them out of the content.
//
// Holds text back only while it could still be a call. One per choice.

#include <string>
#include <string_view>
#include <vector>

#include "chat/call_text.hpp"
#include "chat/escaped_text.hpp"
#include "freellm/base/function_ref.hpp"

namespace freellm::chat {

class TextRescue {
 public:
  using TextSink = FunctionRef<void(wire::JsonText)>;
  using CallSink = FunctionRef<void(const WrittenCall&)>;

  explicit TextRescue(const ToolSchemas& tools) : tools_(&tools) {}

  void feed(wire::JsonText text, TextSink on_text, CallSink on_call);
  void finish(TextSink on_text, CallSink on_call);

 private:
  void pass(wire::JsonText text, TextSink on_text);
  void pass_plain(std::string_view text, TextSink on_text);
  void drain(TextSink on_text, CallSink on_call);
  [[nodiscard]] std::size_t examine(std::string_view text, TextSink on_text, CallSink on_call);
  [[nodiscard]] std::size_t end_of_call(std::string_view text);
  [[nodiscard]] std::size_t end_of_json(std::string_view text);
  void resolve(std::string_view text, TextSink on_text, CallSink on_call);

  const ToolSchemas* tools_;
  std::string held_;  ///< plain text, starting at a possible marker
  CallDialect dialect_ = CallDialect::undecided;
  std::size_t searched_ = 0;  ///< how far the end was looked for
  EscapedJsonEnd json_end_;
  bool at_start_ = true;
  bool after_call_ = false;  ///< white space that follows a call is dropped
};

}  // namespace freellm::chat
