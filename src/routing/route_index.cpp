#include "route_index.hpp"

#include <algorithm>

#include "mutation.hpp"

namespace freellm::routing {
namespace {

// Leaves room in Booking::kMaxUnits for limits learned at run time. No catalog comes near it.
constexpr std::size_t kMaxLimitsPerLane = 16;

std::shared_ptr<detail::PlatformState> state_of(PlatformId id, detail::RouterState& router) {
  const std::lock_guard lock{router.mutex};
  auto& state = router.platforms[id];
  if (state == nullptr) state = std::make_shared<detail::PlatformState>(id);
  return state;
}

bool same_counter(const catalog::Limit& a, const catalog::Limit& b) {
  return a.metric == b.metric && a.window == b.window && a.scope == b.scope &&
         (a.window != catalog::LimitWindow::day || a.reset == b.reset);
}

/// All limits of a model's lanes; of two on the same counter the smaller one.
std::vector<catalog::Limit> limits_of(const catalog::Platform& platform,
                                      const catalog::Model& model) {
  std::vector<catalog::Limit> all;
  for (const auto* list : {&model.limits, &platform.limits}) {
    for (const auto& limit : *list) {
      const auto same = std::find_if(all.begin(), all.end(),
                                     [&](const auto& known) { return same_counter(known, limit); });
      if (same != all.end()) {
        same->count = std::min(same->count, limit.count);
      } else if (all.size() < kMaxLimitsPerLane) {
        all.push_back(limit);
      }
    }
  }
  return all;
}

}  // namespace

RouteIndex::RouteIndex(std::shared_ptr<const catalog::RouteTable> table,
                       const RoutingOptions& options, detail::RouterState& router)
    : table_(std::move(table)), options_(options) {
  using namespace std::chrono_literals;
  options_.dispatch_allowance = std::clamp<Millis>(options_.dispatch_allowance, 0ms, 15s);
  options_.arrival_guard = std::clamp<Millis>(options_.arrival_guard, 0ms, 15s);
  models_.reserve(table_->models().size());
  for (const auto& model : table_->models()) add_model(model, router);
  add_selections();
}

void RouteIndex::add_model(const catalog::Model& model, detail::RouterState& router) {
  const catalog::Platform* platform = table_->platform(model.platform);
  auto home = state_of(model.platform, router);
  if (keeps_alive_.empty() || keeps_alive_.back() != home) keeps_alive_.push_back(home);
  const std::lock_guard lock{home->mutex};
  home->changed();
  Model entry{.model = &model,
              .platform = platform,
              .home = home.get(),
              .state = &home->models[model.id],
              .window = model.context_window,
              .first_lane = static_cast<std::uint32_t>(lanes_.size()),
              .tools = model.capabilities.tools,
              .vision = model.capabilities.vision,
              .json_schema = model.capabilities.json_schema};
  if (platform != nullptr) {
    // Whoever registered an endpoint by hand seldom said what it can do; let it show.
    if (platform->custom) entry.tools = entry.vision = entry.json_schema = true;
    for (const auto& key : table_->keys(model.platform)) {
      const bool anonymous = key.id == kAnonymousKey;
      if (!anonymous || platform->custom || options_.keyless) add_lane(entry, key);
    }
  }
  entry.lane_count = static_cast<std::uint32_t>(lanes_.size()) - entry.first_lane;
  entry.standing = !model.enabled                              ? VerdictKind::model_disabled
                   : platform == nullptr || !platform->enabled ? VerdictKind::platform_disabled
                   : entry.lane_count == 0                     ? VerdictKind::no_key
                                                               : VerdictKind::admitted;
  by_id_.emplace(model.id, static_cast<std::uint32_t>(models_.size()));
  models_.push_back(entry);
}

void RouteIndex::add_lane(const Model& model, const catalog::ProviderKey& key) {
  Lane lane{.key = &key,
            .state = &model.home->lanes[{model.model->id, key.id}],
            .key_state = &model.home->keys[key.id],
            .first_limit = static_cast<std::uint32_t>(limits_.size())};
  for (auto limit : limits_of(*model.platform, *model.model)) {
    if (MUTATED(utc_for_pacific) && limit.reset == catalog::DayReset::pacific) {
      limit.reset = catalog::DayReset::utc;
    }
    QuotaScope* scope = &lane.state->quota;
    if (limit.scope == catalog::Scope::model) scope = &model.state->quota;
    if (limit.scope == catalog::Scope::key) scope = &lane.key_state->quota;
    if (limit.scope == catalog::Scope::platform) scope = &model.home->quota;
    limits_.push_back({&scope->find_or_add(limit, options_.max_lease_age), limit.count});
  }
  lane.limit_count = static_cast<std::uint32_t>(limits_.size()) - lane.first_limit;
  lanes_.push_back(lane);
}

RouteIndex::Selection RouteIndex::select(std::string_view selector) const {
  const auto chosen = table_->select(selector.empty() ? "auto" : selector);
  Selection selection{.kind = chosen.kind, .models = {}};
  selection.models.reserve(chosen.models.size());
  for (const auto* model : chosen.models) {
    if (const auto found = by_id_.find(model->id); found != by_id_.end()) {
      selection.models.push_back(found->second);
    }
  }
  return selection;
}

void RouteIndex::add_selections() {
  const auto add = [this](std::string name) {
    if (selections_.contains(name)) return;
    auto selection = select(name);
    selections_.emplace(std::move(name), std::move(selection));
  };
  add("auto");
  for (const auto& entry : models_) {
    add(entry.model->logical_name);
    add(entry.model->upstream_id);
    if (entry.platform != nullptr) add(entry.platform->slug + "/" + entry.model->upstream_id);
  }
}

const RouteIndex::Selection* RouteIndex::find(std::string_view selector) const {
  const auto found = selections_.find(selector.empty() ? std::string_view{"auto"} : selector);
  return found == selections_.end() ? nullptr : &found->second;
}

const RouteIndex::Model* RouteIndex::find(ModelId id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &models_[found->second];
}

const RouteIndex::Lane* RouteIndex::find(const Model& model, KeyId key) const {
  for (const auto& lane : lanes(model)) {
    if (lane.key->id == key) return &lane;
  }
  return nullptr;
}

VerdictKind RouteIndex::static_verdict(const Model& model, const chat::RequestNeeds& needs,
                                       std::int64_t window_need) {
  if (model.standing != VerdictKind::admitted) return model.standing;
  if (needs.tools && !model.tools) return VerdictKind::lacks_tools;
  if (needs.vision && !model.vision) return VerdictKind::lacks_vision;
  if (needs.json_schema && !model.json_schema) return VerdictKind::lacks_json_schema;
  if (model.window > 0 && window_need > model.window) return VerdictKind::window_too_small;
  return VerdictKind::admitted;
}

const catalog::RouteTable& table_of(const RouteIndex& index) { return *index.table(); }

std::shared_ptr<const catalog::RouteTable> shared_table_of(const RouteIndex& index) {
  return index.table();
}

}  // namespace freellm::routing
