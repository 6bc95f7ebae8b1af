#include "config_reference.hpp"

#include <algorithm>
#include <vector>

#include "config_keys.hpp"
#include "environment_keys.hpp"
#include "freellm/app/routes.hpp"

namespace freellm::embedded {
extern const std::string_view default_config;
}

namespace freellm::app {
namespace {

using Row = std::vector<std::string>;

std::string code(std::string_view text) {
  return text.empty() ? "" : "`" + std::string{text} + "`";
}

std::string table_row(const Row& cells) {
  std::string line = "|";
  for (const auto& cell : cells) line += " " + cell + (cell.empty() ? "|" : " |");
  return line + "\n";
}

std::string table_head(const Row& names) {
  return table_row(names) + "|" + [&] {
    std::string line;
    for (std::size_t i = 0; i < names.size(); ++i) line += "---|";
    return line;
  }() + "\n";
}

/// What the shipped file sets `name` to inside `section`.
std::string default_of(std::string_view section, std::string_view name) {
  const auto text = default_config();
  auto at = text.find("\n[" + std::string{section} + "]\n");
  if (at == std::string_view::npos) return {};
  const auto end = std::min(text.find("\n[", at + 1), text.size());
  at = text.find("\n" + std::string{name} + " = ", at);
  if (at == std::string_view::npos || at > end) return {};
  const auto value = at + name.size() + 4;
  return std::string{text.substr(value, text.find('\n', value) - value)};
}

std::string sections() {
  std::string out;
  std::string_view section;
  for (const auto& key : config_keys()) {
    if (key.section != section) {
      section = key.section;
      out += "\n### `[" + std::string{section} + "]`\n\n" +
             table_head({"key", "default", "takes", "meaning"});
    }
    out += table_row({code(key.name), code(default_of(key.section, key.name)),
                      std::string{key.takes}, std::string{key.meaning}});
  }
  return out;
}

std::string small_table(std::span<const KeyText> keys) {
  std::string out = table_head({"key", "takes", "meaning"});
  for (const auto& key : keys)
    out += table_row({code(key.name), std::string{key.takes}, std::string{key.meaning}});
  return out;
}

}  // namespace

std::string_view default_config() { return embedded::default_config; }

std::string config_reference() {
  std::string out = "## Flags and environment\n\n" + table_head({"environment", "flag", "meaning"});
  for (const auto& [name, flag, meaning] : environment_keys())
    out += table_row({code(name), code(flag), std::string{meaning}});
  out +=
      "\n### Provider keys\n\nStored at start if they are not stored yet; several of one "
      "platform are separated by commas.\n\n" +
      table_head({"variable", "platform"});
  for (const auto& [variable, platform] : provider_key_variables())
    out += table_row({code(variable), std::string{platform}});
  out += "\n## The file\n" + sections();
  out +=
      "\n### `[aliases]`\n\nNames that your programs use, and what they get: `\"gpt-4*\" = "
      "\"auto\"`. Exact names go before patterns.\n";
  out += "\n### `[platforms.NAME]`\n\nAny platform of the catalog.\n\n" +
         small_table(platform_key_texts());
  out += "\n### `[[custom]]`\n\nAny further OpenAI-compatible endpoint. May be repeated.\n\n" +
         small_table(custom_key_texts());
  return out;
}

}  // namespace freellm::app
