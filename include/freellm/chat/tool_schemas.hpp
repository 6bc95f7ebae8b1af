#pragma once
// The tools a client declared, as far as answers must be checked against them: names, and which
// parameters are objects or arrays. Immutable after construction, shared by all attempts of a
// request.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "freellm/chat/request.hpp"

namespace freellm::chat {

class ToolSchemas {
 public:
  ToolSchemas() = default;
  /// Cheap for requests without tools. Schemas that cannot be read count as "no parameter is
  /// structured".
  explicit ToolSchemas(const ChatRequest& request);

  [[nodiscard]] bool empty() const { return tools_.empty(); }
  [[nodiscard]] bool declares(std::string_view name) const {
    return tools_.find(name) != tools_.end();
  }
  /// True when some parameter at any depth is declared as an object or array, so that a value may
  /// arrive double-encoded.
  [[nodiscard]] bool has_structured_parameters(std::string_view name) const;
  /// `arguments` (plain JSON text) with double encoding undone where the schema says object or
  /// array and the text parses as one. Strings declared as strings are never touched. "", "null" ->
  /// "{}".
  [[nodiscard]] std::string repaired_arguments(std::string_view name,
                                               std::string_view arguments) const;

 private:
  struct Tool {
    std::string schema;  ///< raw JSON of `parameters`
    bool structured = false;
  };
  std::map<std::string, Tool, std::less<>> tools_;
};

}  // namespace freellm::chat
