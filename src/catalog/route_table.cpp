#include "freellm/catalog/route_table.hpp"

#include <algorithm>
#include <compare>

namespace freellm::catalog {
namespace {

using Kind = ModelSelector::Kind;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::strong_ordering compare_ignoring_case(std::string_view a, std::string_view b) {
  return std::lexicographical_compare_three_way(
      a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return static_cast<unsigned char>(lower(x)) <=> static_cast<unsigned char>(lower(y));
      });
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && compare_ignoring_case(a, b) == std::strong_ordering::equal;
}

bool is_pattern(std::string_view alias) { return alias.find('*') != std::string_view::npos; }

template <class Equal>
bool matches(std::string_view pattern, std::string_view text, Equal equal) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return equal(pattern, text);
  const auto head = pattern.substr(0, star);
  const auto tail = pattern.substr(star + 1);
  return text.size() >= head.size() + tail.size() && equal(head, text.substr(0, head.size())) &&
         equal(tail, text.substr(text.size() - tail.size()));
}

bool is_usable(const ProviderKey& key) {
  return key.enabled && key.state != KeyState::invalid && key.state != KeyState::undecryptable;
}

// Most explicit first: a name that is both a logical name and somebody's upstream id means the
// logical model.
int precedence(Kind kind) {
  switch (kind) {
    case Kind::logical:
      return 0;
    case Kind::pinned:
      return 1;
    default:
      return 2;
  }
}

}  // namespace

RouteTable::RouteTable(std::vector<Platform> platforms, std::vector<Model> models,
                       std::vector<ProviderKey> keys, std::vector<Alias> aliases)
    : platforms_(std::move(platforms)), models_(std::move(models)), aliases_(std::move(aliases)) {
  std::stable_sort(models_.begin(), models_.end(), [](const Model& a, const Model& b) {
    return std::pair{a.position, a.id} < std::pair{b.position, b.id};
  });
  for (std::size_t i = 0; i < platforms_.size(); ++i) platform_index_.emplace(platforms_[i].id, i);
  for (std::size_t i = 0; i < models_.size(); ++i) model_index_.emplace(models_[i].id, i);
  std::stable_sort(aliases_.begin(), aliases_.end(), [](const Alias& a, const Alias& b) {
    if (is_pattern(a.first) != is_pattern(b.first)) return is_pattern(b.first);
    return a.first.size() > b.first.size();
  });
  index_keys(std::move(keys));
  index_names();
}

void RouteTable::index_keys(std::vector<ProviderKey> keys) {
  all_keys_ = std::move(keys);
  std::sort(all_keys_.begin(), all_keys_.end(),
            [](const ProviderKey& a, const ProviderKey& b) { return a.id < b.id; });
  for (const auto& key : all_keys_) {
    if (is_usable(key)) usable_keys_[key.platform].push_back(key);
  }
  for (const auto& platform : platforms_) {
    if (!platform.keyless || usable_keys_.contains(platform.id)) continue;
    ProviderKey anonymous;
    anonymous.id = kAnonymousKey;
    anonymous.platform = platform.id;
    anonymous.label = "anonymous";
    usable_keys_[platform.id].push_back(std::move(anonymous));
  }
}

std::vector<const Platform*> RouteTable::anonymous_platforms() const {
  std::vector<const Platform*> found;
  for (const auto& platform : platforms_) {
    if (!platform.enabled || platform.custom) continue;
    const auto usable = keys(platform.id);
    if (usable.size() == 1 && usable.front().id == kAnonymousKey) found.push_back(&platform);
  }
  return found;
}

void RouteTable::index_names() {
  names_.reserve(models_.size() * 4);
  for (const auto& model : models_) {
    names_.push_back({model.logical_name, Kind::logical, &model});
    names_.push_back({model.upstream_id, Kind::upstream, &model});
    const auto* owner = platform(model.platform);
    if (owner == nullptr) continue;
    names_.push_back({owner->slug + "/" + model.upstream_id, Kind::pinned, &model});
    if (model.logical_name != model.upstream_id) {
      names_.push_back({owner->slug + "/" + model.logical_name, Kind::pinned, &model});
    }
  }
  // Stable: within one name and kind the models stay in fallback order.
  std::stable_sort(names_.begin(), names_.end(), [](const Name& a, const Name& b) {
    const auto order = compare_ignoring_case(a.text, b.text);
    if (order != std::strong_ordering::equal) return order == std::strong_ordering::less;
    return precedence(a.kind) < precedence(b.kind);
  });
}

const Platform* RouteTable::platform(PlatformId id) const {
  const auto found = platform_index_.find(id);
  return found == platform_index_.end() ? nullptr : &platforms_[found->second];
}

const Platform* RouteTable::platform(std::string_view slug) const {
  const auto found = std::find_if(platforms_.begin(), platforms_.end(),
                                  [&](const Platform& entry) { return entry.slug == slug; });
  return found == platforms_.end() ? nullptr : &*found;
}

const Model* RouteTable::model(ModelId id) const {
  const auto found = model_index_.find(id);
  return found == model_index_.end() ? nullptr : &models_[found->second];
}

const ProviderKey* RouteTable::key(KeyId id) const {
  const auto found =
      std::lower_bound(all_keys_.begin(), all_keys_.end(), id,
                       [](const ProviderKey& key, KeyId wanted) { return key.id < wanted; });
  return found == all_keys_.end() || found->id != id ? nullptr : &*found;
}

std::span<const ProviderKey> RouteTable::keys(PlatformId platform) const {
  const auto found = usable_keys_.find(platform);
  if (found == usable_keys_.end()) return {};
  return found->second;
}

ModelSelector RouteTable::select(std::string_view requested) const {
  for (const Case letter_case : {Case::exact, Case::ignored}) {
    // The target of an alias is a name, never another alias: no chains, no loops.
    const std::string* target = alias_target(requested, letter_case);
    ModelSelector selector = find_name(target == nullptr ? requested : *target, letter_case);
    if (selector.kind == Kind::unknown && target != nullptr)
      selector = find_name(*target, Case::ignored);
    if (selector.kind != Kind::unknown) return selector;
  }
  return {};
}

const std::string* RouteTable::alias_target(std::string_view requested, Case letter_case) const {
  if (equal_ignoring_case(requested, "auto")) return nullptr;
  for (const auto& [alias, target] : aliases_) {
    const bool is_match = letter_case == Case::exact
                              ? matches(alias, requested, [](auto a, auto b) { return a == b; })
                              : matches(alias, requested, equal_ignoring_case);
    if (is_match) return &target;
  }
  return nullptr;
}

ModelSelector RouteTable::find_name(std::string_view requested, Case letter_case) const {
  ModelSelector selector;
  if (letter_case == Case::exact ? requested == "auto" : equal_ignoring_case(requested, "auto")) {
    selector.kind = Kind::automatic;
    for (const auto& model : models_) selector.models.push_back(&model);
    return selector;
  }
  auto name = std::lower_bound(
      names_.begin(), names_.end(), requested, [](const Name& entry, std::string_view text) {
        return compare_ignoring_case(entry.text, text) == std::strong_ordering::less;
      });
  for (; name != names_.end() && equal_ignoring_case(name->text, requested); ++name) {
    if (letter_case == Case::exact && name->text != requested) continue;
    if (selector.kind == Kind::unknown) selector.kind = name->kind;
    if (name->kind != selector.kind) break;
    selector.models.push_back(name->model);
  }
  if (selector.kind == Kind::upstream) add_siblings(selector);
  return selector;
}

void RouteTable::add_siblings(ModelSelector& selector) const {
  const std::vector<const Model*> exact = selector.models;
  const auto is_among = [&](const Model& model) {
    return std::find(selector.models.begin(), selector.models.end(), &model) !=
           selector.models.end();
  };
  for (const auto& model : models_) {
    const bool is_sibling = std::any_of(exact.begin(), exact.end(), [&](const Model* other) {
      return other->logical_name == model.logical_name;
    });
    if (is_sibling && !is_among(model)) selector.models.push_back(&model);
  }
}

}  // namespace freellm::catalog
