#include "dialect/rules.hpp"

namespace simulator {

std::optional<Problem> check_request(const Platform& platform, std::string_view path,
                                     const Json& body) {
  (void)platform;
  (void)path;
  const auto messages = body.find("messages");
  if (messages == body.end() || !messages->is_array() || messages->empty())
    return Problem{Reason::bad_request, "messages: a non-empty array is required", "messages"};
  return std::nullopt;
}

}  // namespace simulator
