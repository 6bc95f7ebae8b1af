// Any bytes as a request body: never a crash, nothing accepted that a second parser refuses, and
// what was accepted can always be put into canonical form.

#include <nlohmann/json.hpp>

#include "freellm/chat/canonical.hpp"
#include "freellm/chat/request.hpp"
#include "fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  namespace chat = freellm::chat;
  const std::string_view body{reinterpret_cast<const char*>(bytes), size};
  const auto parsed = chat::parse_chat_request(chat::PaddedBuffer::copy_of(body));
  if (!parsed) {
    FUZZ_CHECK(parsed.error().code == "invalid_json" || parsed.error().code == "invalid_request");
    return 0;
  }
  FUZZ_CHECK(nlohmann::json::accept(parsed->body.view()));
  FUZZ_CHECK(!parsed->model.empty());
  FUZZ_CHECK(parsed->needs.prompt_tokens >= 0);
  const auto canonical = chat::canonical_request(*parsed, {.flatten_text_parts = true,
                                                           .null_content_to_empty = true,
                                                           .strip_foreign_members = true,
                                                           .merge_system_to_front = true,
                                                           .assistant_after_tool = true,
                                                           .nine_character_tool_ids = true,
                                                           .name_tool_results = true});
  FUZZ_CHECK(canonical.at("messages").is_array());
  return 0;
}
