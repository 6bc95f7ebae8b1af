#include "key_form.hpp"

#include <algorithm>
#include <charconv>

namespace freellm::app {
namespace {

constexpr std::string_view kAnyRest = "…";

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool has_one_form(std::string_view format, std::string_view key) {
  if (format.ends_with(kAnyRest)) {
    const auto prefix = format.substr(0, format.size() - kAnyRest.size());
    return key.size() > prefix.size() && key.starts_with(prefix);
  }
  if (format == "UUID") return key.size() == 36 && std::count(key.begin(), key.end(), '-') == 4;
  if (format == "account_id:token") return key.find(':') != std::string_view::npos;
  if (format == "id.secret") return key.find('.') != std::string_view::npos;
  if (format.ends_with(" letters and digits")) {
    std::size_t length = 0;
    std::from_chars(format.data(), format.data() + format.size(), length);
    return key.size() == length && std::all_of(key.begin(), key.end(), is_alphanumeric);
  }
  return true;
}

}  // namespace

bool has_form(std::string_view format, std::string_view key) {
  constexpr std::string_view kOr = " or ";
  for (;;) {
    const auto cut = format.find(kOr);
    if (has_one_form(format.substr(0, cut), key)) return true;
    if (cut == std::string_view::npos) return false;
    format.remove_prefix(cut + kOr.size());
  }
}

}  // namespace freellm::app
