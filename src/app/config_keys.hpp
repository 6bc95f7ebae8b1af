#pragma once
// The table of configuration keys: what each is called, what it takes, what it means.

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "freellm/app/config.hpp"

namespace freellm::app {

/// A scalar or list as the file gave it, before it is checked.
struct ConfigValue {
  enum class Kind : std::uint8_t { string, integer, real, boolean, string_list, other };
  Kind kind = Kind::other;
  std::string text;
  std::int64_t integer = 0;
  double real = 0;
  bool boolean = false;
  std::vector<std::string> list;
};

struct ConfigKey {
  std::string_view section;  ///< "server"
  std::string_view name;     ///< "port"
  std::string_view takes;    ///< "port number", for people
  std::string_view meaning;  ///< one sentence, for the reference
  /// Returns an empty string, or what is wrong.
  std::string (*set)(Config&, const ConfigValue&);
};

[[nodiscard]] std::span<const ConfigKey> config_keys();
[[nodiscard]] std::string set_platform_key(PlatformSettings& platform, std::string_view name,
                                           const ConfigValue& value);
struct KeyText {
  std::string_view name;
  std::string_view takes;
  std::string_view meaning;
};
/// What may stand inside [platforms.*] and [[custom]], for the reference.
[[nodiscard]] std::span<const KeyText> platform_key_texts();
[[nodiscard]] std::span<const KeyText> custom_key_texts();
/// Their names alone.
[[nodiscard]] std::span<const std::string_view> platform_key_names();
[[nodiscard]] std::span<const std::string_view> custom_key_names();

/// The candidate closest to `name` by edit distance, or empty when none is close.
[[nodiscard]] std::string nearest(std::string_view name,
                                  std::span<const std::string_view> candidates);

}  // namespace freellm::app
