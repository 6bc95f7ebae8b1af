#include "freellm/wire/headers.hpp"

#include <algorithm>

namespace freellm::wire {
namespace {

constexpr unsigned char lower(unsigned char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<unsigned char>(c + 32) : c;
}

}  // namespace

bool iequals(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto x = static_cast<unsigned char>(a[i]);
    const auto y = static_cast<unsigned char>(b[i]);
    // Nearly all comparisons end at the first byte, or go through bytes that are the same.
    if (x != y && lower(x) != lower(y)) return false;
  }
  return true;
}

std::string_view trim_ows(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool list_has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (iequals(trim_ows(list.substr(0, comma)), token)) return true;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

void HeaderList::add(std::string_view name, std::string_view value) {
  if (slots_.capacity() == 0) {  // once, rather than by doubling: most heads fit
    slots_.reserve(16);
    bytes_.reserve(512);
  }
  slots_.push_back({static_cast<std::uint32_t>(bytes_.size()),
                    static_cast<std::uint32_t>(name.size()),
                    static_cast<std::uint32_t>(value.size())});
  bytes_ += name;
  bytes_ += value;
}

std::optional<std::string_view> HeaderList::find(std::string_view name) const {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].name_size != name.size()) continue;
    const auto field = (*this)[i];
    if (iequals(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t HeaderList::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(begin(), end(), [&](const Field& field) { return iequals(field.name, name); }));
}

bool is_hop_by_hop(std::string_view name, const HeaderList& headers) {
  static constexpr std::string_view kFixed[] = {"connection",
                                                "keep-alive",
                                                "proxy-authenticate",
                                                "proxy-authorization",
                                                "proxy-connection",
                                                "te",
                                                "trailer",
                                                "transfer-encoding",
                                                "upgrade"};
  if (std::any_of(std::begin(kFixed), std::end(kFixed),
                  [&](std::string_view fixed) { return iequals(fixed, name); })) {
    return true;
  }
  for (const auto& field : headers) {
    if (iequals(field.name, "connection") && list_has_token(field.value, name)) return true;
  }
  return false;
}

}  // namespace freellm::wire
