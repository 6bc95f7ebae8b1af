// The top-level members of a request on their way to one platform: taken from the client's bytes,
// then run through the quirk table. Private to the provider layer.
//
// Members that no rule touches stay views into the request, so that the rope can borrow whole runs
// of them.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "freellm/chat/request.hpp"
#include "freellm/provider/adapter.hpp"
#include "freellm/provider/quirks.hpp"

namespace freellm::provider {

/// Index of a member that is not (or no longer) as the client sent it.
inline constexpr std::size_t kMadeUp = static_cast<std::size_t>(-1);

struct OutMember {
  std::string_view name;
  std::string_view sent;             ///< raw value as sent
  std::optional<std::string> value;  ///< raw value of our making
  std::size_t index = kMadeUp;       ///< among request.members, while name and value are as sent

  [[nodiscard]] std::string_view json() const { return value ? std::string_view(*value) : sent; }
};

class ParamPatch {
 public:
  /// Everything but `model`, `messages` and `stream_options`; nulls, empty tools and the like are
  /// left out.
  ParamPatch(const chat::ChatRequest& request, const Route& route);

  void apply(std::span<const ParamRule> rules);
  /// Leaves only members named in `known`.
  void keep_only(const std::vector<std::string>& known);

  [[nodiscard]] const std::vector<OutMember>& members() const { return members_; }

 private:
  [[nodiscard]] OutMember* find(std::string_view name);
  [[nodiscard]] bool holds(const RuleCondition& when);
  [[nodiscard]] bool holds(RuleCondition::Flag flag);
  void apply(const ParamRule& rule);
  void change(OutMember& member, const ParamRule& rule);
  void erase(std::string_view name);
  void add_sent(const chat::Member& member, std::size_t index);
  void add_legacy_tools();
  void repair_tools();
  void repair_tool_choice();

  const chat::ChatRequest& request_;
  const Route& route_;
  std::vector<OutMember> members_;
};

}  // namespace freellm::provider
