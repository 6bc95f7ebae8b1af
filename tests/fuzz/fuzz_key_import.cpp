// Pasted keys: whatever the text, rows stay within bounds; every usable secret can be stored, and
// an export of what was read reads back the same.

#include <string>
#include <vector>

#include "freellm/catalog/key_export.hpp"
#include "fuzz/fuzz.hpp"

namespace catalog = freellm::catalog;

namespace {

const std::vector<std::string> kSlugs{"google", "groq", "github", "cloudflare", "groq-work"};

int usable_rows(const catalog::KeyImport& found) {
  int count = 0;
  for (const auto& key : found.keys) count += key.problem.empty() && !key.secret.empty() ? 1 : 0;
  return count;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text{reinterpret_cast<const char*>(data) + 1, size - 1};
  std::optional<catalog::KeyTextFormat> format;
  if (data[0] % 4 < 3) format = static_cast<catalog::KeyTextFormat>(data[0] % 4);
  const auto found = catalog::parse_key_text(text, format, kSlugs);
  if (!found) return 0;
  FUZZ_CHECK(found->keys.size() <= catalog::kMaxImportRows);
  catalog::KeyExport all;
  int keys = 0;
  for (const auto& key : found->keys) {
    for (const char c : key.name + key.label) FUZZ_CHECK(static_cast<unsigned char>(c) >= 0x20);
    if (!key.problem.empty()) continue;
    FUZZ_CHECK(!key.endpoint || *key.endpoint < found->endpoints.size());
    for (const char c : key.secret.reveal()) FUZZ_CHECK(c > 0x20 && c < 0x7f);
    if (key.endpoint || key.platform.empty()) continue;
    all.keys.push_back({.platform = key.platform,
                        .label = key.label,
                        .enabled = true,
                        .secret = freellm::Secret{key.secret.reveal()}});
    // A list of keys in one variable is several keys: commas do not survive .env.
    keys += key.secret.reveal().find(',') == std::string_view::npos ? 1 : 1000;
  }
  const auto json = catalog::parse_key_text(catalog::keys_as_json(all), std::nullopt, kSlugs);
  FUZZ_CHECK(json && static_cast<std::size_t>(usable_rows(*json)) == all.keys.size());
  const auto env =
      catalog::parse_key_text(catalog::keys_as_env(all), catalog::KeyTextFormat::env, kSlugs);
  if (keys < 1000) FUZZ_CHECK(env && usable_rows(*env) == keys);
  return 0;
}
