#pragma once
// The rules of Gemini's schema subset for one node: which keywords exist, and which of them go
// together. schema.cpp walks the tree with them. Pure and thread-safe.

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace freellm::provider::google {

/// Copies the keywords of `source` that stand for themselves (no sub-schemas): type, description,
/// enum, bounds and so on. A union type becomes its first type, "null" in it `nullable`, const a
/// one-element enum.
[[nodiscard]] nlohmann::ordered_json plain_keywords(const nlohmann::ordered_json& source);

/// Adds to `into` what it lacks of `from`; properties and required are united.
void merge_schema(nlohmann::ordered_json& into, const nlohmann::ordered_json& from);

/// Makes a node legal on its own: a type is inferred when none is given, an array gets items,
/// `required` names only existing properties, an enum holds only non-empty strings, and keywords
/// that belong to other types go.
void complete_schema(nlohmann::ordered_json& node);

/// True for what is left of {"type":"null"}.
[[nodiscard]] bool is_null_schema(const nlohmann::ordered_json& node);

/// What `reference` ("#/$defs/Name", any local JSON pointer) points at in `root`, or null.
[[nodiscard]] const nlohmann::ordered_json* find_reference(const nlohmann::ordered_json& root,
                                                           std::string_view reference);

}  // namespace freellm::provider::google
