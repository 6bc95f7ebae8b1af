#include "freellm/routing/unknown_model.hpp"

#include <algorithm>
#include <array>

#include "route_index.hpp"

namespace freellm::routing {
namespace {

constexpr std::size_t kLongestGuessed = 64;
constexpr std::size_t kMostEdits = 4;

std::size_t edits_between(std::string_view a, std::string_view b) {
  std::array<std::size_t, kLongestGuessed + kMostEdits + 1> row{};
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

/// An enabled model's name within a few edits of `wanted`, or "".
std::string nearest_name(const RouteIndex& index, std::string_view wanted) {
  std::string best;
  if (wanted.size() > kLongestGuessed) return best;
  auto allowed = std::clamp<std::size_t>(wanted.size() / 5, 1, kMostEdits);
  const auto look_at = [&](std::string_view name) {
    const auto longer = std::max(name.size(), wanted.size());
    if (longer - std::min(name.size(), wanted.size()) > allowed) return;
    const auto edits = edits_between(wanted, name);
    if (edits > allowed || (edits == allowed && !best.empty())) return;
    allowed = edits;
    best = name;
  };
  look_at("auto");
  for (const auto& model : index.models()) {
    if (model.standing == VerdictKind::model_disabled || model.platform == nullptr) continue;
    look_at(model.model->logical_name);
    look_at(model.platform->slug + "/" + model.model->upstream_id);
  }
  return best;
}

}  // namespace

Error unknown_model(const RouteIndex& index, std::string_view name) {
  constexpr std::size_t kShown = 200;
  std::string text = "the model '" + std::string{name.substr(0, kShown)} + "' does not exist";
  if (index.table()->platform(name) != nullptr) {
    text += ": that is a platform, ask for " + std::string{name} + "/MODEL";
  } else if (const auto near = nearest_name(index, name); !near.empty()) {
    text += "; did you mean '" + near + "'?";
  }
  text += text.back() == '?' ? " GET" : "; GET";
  return {.kind = ErrorKind::no_route,
          .source = ErrorSource::internal,
          .http_status = 404,
          .message = text + " /v1/models lists what does",
          .param = "model",
          .code = "model_not_found"};
}

}  // namespace freellm::routing
