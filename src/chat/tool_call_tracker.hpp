#pragma once
// ToolCallTracker: finds out which call a fragment belongs to, and hands calls on in OpenAI's
// grammar.
//
// Providers leave out ids or indexes, give two calls one index, repeat names, send calls whole or
// in pieces and encode arguments twice. What leaves here has consecutive indexes, id and name once
// per call, and arguments that are never empty. One per choice.

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "chat/escaped_text.hpp"
#include "freellm/base/function_ref.hpp"
#include "freellm/base/random.hpp"
#include "freellm/chat/delta.hpp"
#include "freellm/chat/tool_schemas.hpp"

namespace freellm::chat {

class ToolCallTracker {
 public:
  using Sink = FunctionRef<void(const ToolCallFragment&)>;

  ToolCallTracker(const ToolSchemas* tools, Random& random) : tools_(tools), random_(&random) {}

  void feed(const ToolCallFragment& fragment, Sink sink);
  /// A whole call found by other means; both plain text.
  void add_call(std::string_view name, std::string_view arguments, Sink sink);
  /// Hands over arguments that were held for repair.
  void finish(Sink sink);
  /// Calls handed over so far.
  [[nodiscard]] bool any() const { return next_index_ > 0; }

 private:
  enum class Mode : std::uint8_t { undecided, held, streaming };
  struct Call {
    std::optional<std::uint32_t> sent_index;
    std::string sent_id;  ///< the provider's, once seen
    std::string name;
    std::string pending;  ///< arguments not handed over yet
    EscapedJsonEnd end;
    Mode mode = Mode::undecided;
    std::uint32_t index = 0;
    bool announced = false;
    bool has_arguments = false;
  };

  Call* find(const ToolCallFragment& fragment);
  Call* by_id(const ToolCallFragment& fragment);
  Call* by_index(const ToolCallFragment& fragment);
  Call* by_order(const ToolCallFragment& fragment);
  Call* open(const ToolCallFragment& fragment);
  void announce(Call& call, Sink sink);
  void add_arguments(Call& call, JsonText arguments, Sink sink);
  void decide(Call& call);
  std::string unique_id(const Call& call);
  static bool starts_another(const Call& call, const ToolCallFragment& fragment);

  const ToolSchemas* tools_;
  Random* random_;
  std::list<Call> calls_;  ///< in the order they were opened
  std::uint32_t next_index_ = 0;
  std::size_t held_bytes_ = 0;  ///< in the pending arguments of all calls
};

}  // namespace freellm::chat
