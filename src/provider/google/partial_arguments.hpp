#pragma once
// Puts a call's arguments together when Gemini streams them in pieces (partialArgs): each piece
// names a place by JSON path and adds to the value there.
//
// AI Studio sends whole calls unless asked otherwise, and we do not ask; this is for the day the
// default changes. One per call, one thread. Bounded in bytes, depth and array size.

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "freellm/wire/json.hpp"

namespace freellm::provider::google {

class PartialArguments {
 public:
  /// `pieces` is the raw partialArgs array. Pieces that cannot be placed are passed over.
  void add(std::string_view pieces);
  /// The arguments so far, as JSON text.
  [[nodiscard]] std::string json() const { return wire::dump_json(root_); }

 private:
  void add_piece(std::string_view piece);
  [[nodiscard]] wire::OrderedJson* place(std::string_view path);

  wire::OrderedJson root_ = wire::OrderedJson::object();
  std::size_t bytes_ = 0;
};

}  // namespace freellm::provider::google
