#pragma once
// RouteTable: everything routing needs to know, as one immutable snapshot.
//
// Built by the app from catalog, configuration and store; posted to the workers as
// shared_ptr<const>. A request takes the pointer once and keeps it to the end, so a change never
// tears a running request.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "freellm/catalog/types.hpp"

namespace freellm::catalog {

/// What a client's `model` string means.
struct ModelSelector {
  enum class Kind : std::uint8_t { automatic, logical, upstream, pinned, unknown };
  Kind kind = Kind::unknown;
  std::vector<const Model*> models;  ///< in fallback order; every enabled or disabled match
};

class RouteTable {
 public:
  /// `models` in any order; `keys` of any platform. An alias maps a client-side name or pattern
  /// (one `*`) to a name the table knows; exact ones win over patterns, longer patterns over
  /// shorter.
  RouteTable(std::vector<Platform> platforms, std::vector<Model> models,
             std::vector<ProviderKey> keys,
             std::vector<std::pair<std::string, std::string>> aliases = {});

  [[nodiscard]] std::span<const Platform> platforms() const { return platforms_; }
  /// In fallback order.
  [[nodiscard]] std::span<const Model> models() const { return models_; }
  [[nodiscard]] const Platform* platform(PlatformId id) const;
  [[nodiscard]] const Platform* platform(std::string_view slug) const;
  [[nodiscard]] const Model* model(ModelId id) const;
  [[nodiscard]] const ProviderKey* key(KeyId id) const;
  /// Enabled, usable keys of a platform, in id order. A keyless platform without keys has the
  /// anonymous one.
  [[nodiscard]] std::span<const ProviderKey> keys(PlatformId platform) const;

  /// Resolves `auto`, an alias, a logical name, an upstream id or `platform/upstream-id`.
  [[nodiscard]] ModelSelector select(std::string_view requested) const;

 private:
  std::vector<Platform> platforms_;
  std::vector<Model> models_;
  std::unordered_map<PlatformId, std::vector<ProviderKey>> keys_;
  std::unordered_map<std::string, std::vector<const Model*>>
      by_name_;  ///< logical, upstream and pinned
  std::vector<std::pair<std::string, std::string>> aliases_;
};

}  // namespace freellm::catalog
