// The events of a stream mostly differ in nothing but the text they carry. Private to the provider
// layer.
//
// Remembers how an event that carried text and nothing else was spelt around that text. One that is
// spelt the same says the same, whatever its text, and need not be looked at again: two comparisons
// take the place of a walk through the document.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "freellm/chat/delta.hpp"

namespace freellm::provider {

class RepeatedEvent {
 public:
  /// What `json` says when it repeats the remembered event; nullopt when it has to be read. The
  /// delta's text is a view into `json`, and as valid as a full look would have found it.
  [[nodiscard]] std::optional<chat::Delta> read(std::string_view json) const;

  /// `json` was valid and `only` is all it said. Remembers it if that is one text, which is a view
  /// into `json`.
  void remember(std::string_view json, const chat::Delta& only);

 private:
  using Text = chat::JsonText chat::Delta::*;

  /// Every stream holds one: spelling beyond that is read each time.
  static constexpr std::size_t kMostBytes = 1024;

  Text text_ = nullptr;  ///< which member carried it; null = nothing remembered
  std::uint32_t choice_ = 0;
  std::size_t before_ = 0;  ///< of spelling_: what stands before the text, quotation mark included
  std::string spelling_;
};

}  // namespace freellm::provider
