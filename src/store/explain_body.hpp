#pragma once
// A routing record as the database keeps it: deflated when that is worth it. Private to the store.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace freellm::store {

enum class ExplainForm : std::uint8_t { json = 0, deflated = 1 };

struct ExplainBody {
  ExplainForm form = ExplainForm::json;
  std::string body;
};

/// Records up to this size are kept as they are: most are, and reading them costs nothing.
inline constexpr std::size_t kPlainExplainBytes = 2 * 1024;
/// A stored record that claims to be longer is not believed.
inline constexpr std::size_t kMaxExplainBytes = 1 << 20;

[[nodiscard]] ExplainBody pack_explain(std::string_view json);
/// nullopt for what cannot be read.
[[nodiscard]] std::optional<std::string> unpack_explain(std::int64_t form, std::string_view body);

}  // namespace freellm::store
