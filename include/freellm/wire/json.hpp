#pragma once
// The only way into nlohmann/json: bounded parsing, getters that cannot throw, dumping that cannot
// throw.
//
// For configuration, admin, catalog and true translation. What passes through per event uses
// json_scan.hpp. All functions are pure and thread-safe.

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "freellm/base/result.hpp"

namespace freellm::wire {

using Json = nlohmann::json;
/// Keeps the order of members: for documents a person or a picky upstream will read.
using OrderedJson = nlohmann::ordered_json;

inline constexpr std::size_t kMaxJsonBytes = 64 * 1024 * 1024;
/// An ordered object looks every new member up among the ones before it. This many comparisons take
/// a fraction of a second; one object of 14,000 members needs them.
inline constexpr std::uint64_t kMaxMemberWork = 100'000'000;

/// Refuses documents above `max_bytes`, nested deeper than 128, with invalid UTF-8 or anything
/// behind the value. The error is bad_request, code invalid_json; callers that read upstream bytes
/// change the kind.
[[nodiscard]] Result<Json> parse_json(std::string_view text, std::size_t max_bytes = kMaxJsonBytes);
/// Also refuses a document that would take more than `max_member_work` comparisons (see
/// validate_json).
[[nodiscard]] Result<OrderedJson> parse_ordered_json(
    std::string_view text, std::size_t max_bytes = kMaxJsonBytes,
    std::uint64_t max_member_work = kMaxMemberWork);

/// Compact text; invalid UTF-8 inside strings becomes U+FFFD.
[[nodiscard]] std::string dump_json(const Json& value);
[[nodiscard]] std::string dump_json(const OrderedJson& value);

/// The value at a dotted path ("error.details.0.reason": numbers index arrays), or null. Empty path
/// = `root`.
[[nodiscard]] const Json* json_at(const Json& root, std::string_view path);

/// Nullopt when the path leads nowhere or to another type. Views live as long as `root`.
[[nodiscard]] std::optional<std::string_view> string_at(const Json& root, std::string_view path);
[[nodiscard]] std::optional<bool> bool_at(const Json& root, std::string_view path);
/// Any number; a fraction is cut off. Nullopt when it does not fit.
[[nodiscard]] std::optional<std::int64_t> int_at(const Json& root, std::string_view path);
[[nodiscard]] std::optional<double> double_at(const Json& root, std::string_view path);

}  // namespace freellm::wire
