#pragma once
// HTTP header fields as received: order and case kept, names compared without case.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace freellm::wire {

/// ASCII case-insensitive equality, as HTTP field names want it.
[[nodiscard]] bool iequals(std::string_view a, std::string_view b);

class HeaderList {
 public:
  struct Field {
    std::string name;
    std::string value;
  };

  void add(std::string name, std::string value) { fields_.push_back({std::move(name), std::move(value)}); }
  /// The first field of that name, or nullopt.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  [[nodiscard]] bool contains(std::string_view name) const { return find(name).has_value(); }
  [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }
  [[nodiscard]] bool empty() const { return fields_.empty(); }
  void clear() { fields_.clear(); }

 private:
  std::vector<Field> fields_;
};

}  // namespace freellm::wire
