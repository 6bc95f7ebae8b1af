#include "freellm/server/endpoint.hpp"

#include <optional>

namespace freellm::server {
namespace {

/// The text that stands for {id} in `pattern`, empty for a pattern without; nullopt when it does
/// not match.
std::optional<std::string_view> match_path(std::string_view pattern, std::string_view path) {
  constexpr std::string_view kHole = "{id}";
  const auto hole = pattern.find(kHole);
  if (hole == std::string_view::npos) {
    if (path == pattern) return std::string_view{};
    return std::nullopt;
  }
  const auto prefix = pattern.substr(0, hole);
  const auto suffix = pattern.substr(hole + kHole.size());
  if (path.size() <= prefix.size() + suffix.size()) return std::nullopt;
  if (!path.starts_with(prefix) || !path.ends_with(suffix)) return std::nullopt;
  return path.substr(prefix.size(), path.size() - prefix.size() - suffix.size());
}

}  // namespace

Match find_endpoint(std::span<const Endpoint> table, std::string_view method,
                    std::string_view path) {
  Match match;
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  for (const auto& endpoint : table) {
    const auto argument = match_path(endpoint.path, path);
    if (!argument) continue;
    if (endpoint.method == wanted) {
      match.endpoint = &endpoint;
      match.argument = *argument;
      return match;
    }
    if (!match.allowed.empty()) match.allowed += ", ";
    match.allowed += endpoint.method;
    if (endpoint.method == "GET") match.allowed += ", HEAD";
  }
  return match;
}

}  // namespace freellm::server
