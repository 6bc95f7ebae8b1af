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
#include <utility>
#include <vector>

#include "freellm/catalog/types.hpp"

namespace freellm::catalog {

/// What a client's `model` string means.
struct ModelSelector {
  enum class Kind : std::uint8_t {
    automatic,  ///< any model
    logical,    ///< that logical model, on every platform that serves it
    upstream,   ///< models of that id first, then the same logical model under other ids
    pinned,     ///< that platform only
    unknown,
  };
  Kind kind = Kind::unknown;
  std::vector<const Model*> models;  ///< in fallback order; every enabled or disabled match
};

class RouteTable {
 public:
  using Alias = std::pair<std::string, std::string>;

  /// `models` in any order; `keys` of any platform. An alias maps a client-side name or pattern
  /// (one `*`) to a name the table knows; exact ones win over patterns, longer patterns over
  /// shorter, and both over models of that name.
  RouteTable(std::vector<Platform> platforms, std::vector<Model> models,
             std::vector<ProviderKey> keys, std::vector<Alias> aliases = {});
  RouteTable(RouteTable&&) = default;
  RouteTable& operator=(RouteTable&&) = default;
  RouteTable(const RouteTable&) = delete;  // names_ points into models_
  RouteTable& operator=(const RouteTable&) = delete;
  ~RouteTable() = default;

  [[nodiscard]] std::span<const Platform> platforms() const { return platforms_; }
  /// In fallback order.
  [[nodiscard]] std::span<const Model> models() const { return models_; }
  [[nodiscard]] const Platform* platform(PlatformId id) const;
  [[nodiscard]] const Platform* platform(std::string_view slug) const;
  [[nodiscard]] const Model* model(ModelId id) const;
  /// Any stored key, usable or not. The anonymous key belongs to no single platform: nullptr.
  [[nodiscard]] const ProviderKey* key(KeyId id) const;
  /// Enabled, usable keys of a platform, in id order. A keyless platform without keys has the
  /// anonymous one.
  [[nodiscard]] std::span<const ProviderKey> keys(PlatformId platform) const;
  /// Enabled catalog platforms that would be used without a key now. What is sent there is
  /// nobody's: see Platform::data_use_note.
  [[nodiscard]] std::vector<const Platform*> anonymous_platforms() const;

  /// Resolves `auto`, an alias, a logical name, `platform/upstream-id` (or `platform/logical-name`)
  /// or an upstream id, in this order; first as spelt, then without regard to case.
  [[nodiscard]] ModelSelector select(std::string_view requested) const;

 private:
  struct Name {
    std::string text;
    ModelSelector::Kind kind;
    const Model* model;
  };
  enum class Case : std::uint8_t { exact, ignored };

  void index_keys(std::vector<ProviderKey> keys);
  void index_names();
  [[nodiscard]] const std::string* alias_target(std::string_view requested, Case letter_case) const;
  [[nodiscard]] ModelSelector find_name(std::string_view requested, Case letter_case) const;
  void add_siblings(ModelSelector& selector) const;

  std::vector<Platform> platforms_;
  std::vector<Model> models_;
  std::vector<ProviderKey> all_keys_;
  std::unordered_map<PlatformId, std::vector<ProviderKey>> usable_keys_;
  std::unordered_map<PlatformId, std::size_t> platform_index_;
  std::unordered_map<ModelId, std::size_t> model_index_;
  std::vector<Name> names_;     ///< sorted without regard to case, then by kind and fallback order
  std::vector<Alias> aliases_;  ///< exact ones first, then patterns from long to short
};

}  // namespace freellm::catalog
