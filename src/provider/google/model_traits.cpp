#include "provider/google/model_traits.hpp"

#include <charconv>

namespace freellm::provider::google {
namespace {

constexpr int kNewestGeneration = 3;

/// Reads a number at the front of `text` and cuts it off; -1 when there is none.
int take_number(std::string_view& text) {
  int value = -1;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{}) return -1;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return value;
}

}  // namespace

ModelTraits model_traits(std::string_view model_id) {
  constexpr std::string_view kResourcePrefix = "models/";
  constexpr std::string_view kGemini = "gemini-";
  if (model_id.starts_with(kResourcePrefix)) model_id.remove_prefix(kResourcePrefix.size());
  if (model_id.starts_with("gemma")) return {.family = Family::gemma};
  if (!model_id.starts_with(kGemini)) return {};

  auto rest = model_id.substr(kGemini.size());
  ModelTraits traits{.family = Family::gemini, .major = kNewestGeneration};
  traits.pro = rest.find("pro") != std::string_view::npos;
  const auto major = take_number(rest);
  if (major < 0) return traits;
  traits.major = major;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    const auto minor = take_number(rest);
    if (minor >= 0) traits.minor = minor;
  }
  return traits;
}

}  // namespace freellm::provider::google
