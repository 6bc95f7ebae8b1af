#pragma once
// RouteIndex: a RouteTable prepared for routing. Immutable; points into the table and into the
// router's state.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "freellm/catalog/route_table.hpp"
#include "freellm/chat/request.hpp"
#include "freellm/routing/options.hpp"
#include "remembered.hpp"
#include "state.hpp"

namespace freellm::routing {

class RouteIndex {
 public:
  struct Lane {
    const catalog::ProviderKey* key = nullptr;
    detail::ScopeState* state = nullptr;
    detail::KeyState* key_state = nullptr;
    std::uint32_t first_limit = 0;
    std::uint32_t limit_count = 0;
    mutable detail::RememberedRefusal refusal;  ///< under the platform's mutex
  };
  /// What the static filters need, in one cache line with the way to everything else.
  struct Model {
    const catalog::Model* model = nullptr;
    const catalog::Platform* platform = nullptr;
    detail::PlatformState* home = nullptr;
    detail::ModelState* state = nullptr;
    std::int64_t window = 0;
    std::uint32_t first_lane = 0;
    std::uint32_t lane_count = 0;
    VerdictKind standing = VerdictKind::admitted;  ///< model_disabled, platform_disabled, no_key
    bool tools = false;
    bool vision = false;
    bool json_schema = false;
  };
  struct Selection {
    catalog::ModelSelector::Kind kind = catalog::ModelSelector::Kind::unknown;
    std::vector<std::uint32_t> models;
  };

  RouteIndex(std::shared_ptr<const catalog::RouteTable> table, const RoutingOptions& options,
             detail::RouterState& router);

  [[nodiscard]] const std::shared_ptr<const catalog::RouteTable>& table() const { return table_; }
  [[nodiscard]] const RoutingOptions& options() const { return options_; }
  [[nodiscard]] std::span<const Model> models() const { return models_; }
  [[nodiscard]] std::span<const Lane> lanes(const Model& model) const {
    return std::span{lanes_}.subspan(model.first_lane, model.lane_count);
  }
  [[nodiscard]] LaneQuota quota(const Model& model, const Lane& lane) const {
    return {std::span{limits_}.subspan(lane.first_limit, lane.limit_count),
            {&lane.state->quota, &model.state->quota, &lane.key_state->quota, &model.home->quota}};
  }
  /// nullptr for a name that is not in the index: then select() asks the table (aliases).
  [[nodiscard]] const Selection* find(std::string_view selector) const;
  [[nodiscard]] Selection select(std::string_view selector) const;
  /// Position in models(), or nullptr.
  [[nodiscard]] const Model* find(ModelId id) const;
  [[nodiscard]] const Lane* find(const Model& model, KeyId key) const;

  /// The filters that depend on nothing but catalog and request. `window_need` in tokens.
  [[nodiscard]] static VerdictKind static_verdict(const Model& model,
                                                  const chat::RequestNeeds& needs,
                                                  std::int64_t window_need);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  void add_model(const catalog::Model& model, detail::RouterState& router);
  void add_lane(const Model& model, const catalog::ProviderKey& key);
  void add_selections();

  std::shared_ptr<const catalog::RouteTable> table_;
  RoutingOptions options_;
  std::vector<Model> models_;
  std::vector<Lane> lanes_;
  std::vector<LimitRef> limits_;
  std::unordered_map<ModelId, std::uint32_t> by_id_;
  std::unordered_map<std::string, Selection, Hash, std::equal_to<>> selections_;
  std::vector<std::shared_ptr<detail::PlatformState>> keeps_alive_;
};

}  // namespace freellm::routing
