#pragma once
// Reads keys out of pasted text: a .env file, JSON (comments and trailing commas allowed) or CSV.
//
// Pure and bounded; the text is hostile. Nothing is looked up: whether a key is stored already, or
// an endpoint's address may be used, is for the caller to find out.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "freellm/base/result.hpp"
#include "freellm/base/secret.hpp"
#include "freellm/catalog/catalog.hpp"

namespace freellm::catalog {

inline constexpr std::size_t kMaxImportBytes = 1'000'000;
inline constexpr std::size_t kMaxImportRows = 1000;
inline constexpr std::size_t kMaxImportEndpoints = 50;  ///< each may cost a name lookup

enum class KeyTextFormat : std::uint8_t { env, json, csv };

/// "env", "json", "csv".
[[nodiscard]] std::string_view name_of(KeyTextFormat format);
[[nodiscard]] std::optional<KeyTextFormat> key_text_format(std::string_view name);

/// A custom endpoint that the text describes. Its keys are rows of their own.
struct ImportedEndpoint {
  std::string slug;   ///< made from `title`; well-formed
  std::string title;  ///< as written, else the slug
  std::string base_url;
  std::vector<CustomModel> models;
  bool allow_private = false;
};

struct ImportedKey {
  int line = 0;          ///< 1-based; 0 = JSON, whose members have none
  std::string name;      ///< the variable, member or cell it came from
  std::string platform;  ///< slug; "" = not recognised
  std::string label;
  Secret secret;                        ///< empty: a row that brings an endpoint only
  std::string problem;                  ///< why it cannot be used; "" = it can
  std::optional<std::size_t> endpoint;  ///< index into KeyImport::endpoints
  bool enabled = true;
};

struct KeyImport {
  KeyTextFormat format = KeyTextFormat::env;
  std::vector<ImportedKey> keys;
  std::vector<ImportedEndpoint> endpoints;
};

/// `format` nullopt: found out from the text. `slugs` are the platforms that exist, custom ones
/// included. Fails on text that is not of the format at all, or has too many rows.
[[nodiscard]] Result<KeyImport> parse_key_text(std::string_view text,
                                               std::optional<KeyTextFormat> format,
                                               std::span<const std::string> slugs);

/// The platform a variable or a column names: by the longest known beginning, so that
/// GROQ_WORK_API_KEY is of "groq-work" when there is such an endpoint, else of "groq". Empty when
/// none is known.
[[nodiscard]] std::string platform_of_name(std::string_view name,
                                           std::span<const std::string> slugs);

/// "My Box" -> "my-box": lower case, everything else a single dash. Empty when nothing is left.
[[nodiscard]] std::string slug_from(std::string_view title);

}  // namespace freellm::catalog
