#include "unit/routing/kit.hpp"

namespace freellm::routing::testing {

PlatformId World::platform(const std::string& slug, const PlatformSpec& spec) {
  catalog::Platform platform;
  platform.id = PlatformId{static_cast<std::int32_t>(platforms.size()) + 1};
  platform.slug = slug;
  platform.name = slug;
  platform.limits = spec.limits;
  platform.keyless = spec.keyless;
  platform.custom = spec.custom;
  platform.enabled = spec.enabled;
  for (int i = 1; i <= spec.keys; ++i) {
    catalog::ProviderKey key;
    key.id = key_of(platform.id, i);
    key.platform = platform.id;
    key.state = catalog::KeyState::valid;
    keys.push_back(std::move(key));
  }
  platforms.push_back(platform);
  return platform.id;
}

ModelId World::model(PlatformId platform, const std::string& upstream_id, const ModelSpec& spec) {
  catalog::Model model;
  model.id = ModelId{static_cast<std::int32_t>(models.size()) + 1};
  model.platform = platform;
  model.upstream_id = upstream_id;
  model.logical_name = spec.logical.empty() ? upstream_id : spec.logical;
  model.capabilities = spec.can;
  model.context_window = spec.window;
  model.limits = spec.limits;
  model.enabled = spec.enabled;
  model.intelligence_rank = spec.intelligence;
  model.speed_rank = spec.speed;
  model.position = static_cast<std::int32_t>(models.size());
  models.push_back(model);
  return model.id;
}

std::shared_ptr<const catalog::RouteTable> World::table() const {
  return std::make_shared<const catalog::RouteTable>(platforms, models, keys, aliases);
}

std::optional<Attempt> Bench::serve(const RequestFacts& facts, std::int64_t used_tokens) {
  auto planner = begin(facts);
  const auto step = planner.next(clock.now());
  const auto* attempt = std::get_if<Attempt>(&step);
  if (attempt == nullptr) return std::nullopt;
  planner.sent(clock.now());
  planner.succeeded(used(used_tokens), {}, clock.now());
  return *attempt;
}

Error Bench::refusal(const RequestFacts& facts) {
  auto planner = begin(facts);
  return error_of(planner.next(clock.now()));
}

}  // namespace freellm::routing::testing
