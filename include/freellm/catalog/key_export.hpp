#pragma once
// Writes keys as text that parse_key_text() reads back. Pure. The result holds every key in clear.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "freellm/base/secret.hpp"
#include "freellm/catalog/key_import.hpp"

namespace freellm::catalog {

struct ExportedKey {
  std::string platform;  ///< slug
  std::string label;
  bool enabled = true;
  Secret secret;
};

/// Everything that is written. Keys whose platform is an endpoint's slug belong to it.
struct KeyExport {
  std::vector<ExportedKey> keys;
  std::vector<ImportedEndpoint> endpoints;
  std::vector<std::string> left_out;  ///< said in a comment where the format has comments
};

/// GROQ_API_KEY, GROQ_API_KEY_2 ...; endpoints as CUSTOM_1_NAME, CUSTOM_1_BASE_URL, ...
[[nodiscard]] std::string keys_as_env(const KeyExport& all);
[[nodiscard]] std::string keys_as_json(const KeyExport& all);
/// A cell that a spreadsheet would take for a formula begins with an apostrophe.
[[nodiscard]] std::string keys_as_csv(const KeyExport& all);

/// The variable that a platform's first key is written to and read from: "GROQ_API_KEY".
[[nodiscard]] std::string key_variable(std::string_view slug);

}  // namespace freellm::catalog
