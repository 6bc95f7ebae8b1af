#pragma once
// HTTP header fields as received: order and case kept, names compared without case.
//
// All bytes stand in one buffer, so a list costs two allocations however many fields it has, and
// none once it has been used and cleared. Views handed out are valid until the list changes. Not
// thread-safe.

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace freellm::wire {

/// ASCII case-insensitive equality, as HTTP field names want it.
[[nodiscard]] bool iequals(std::string_view a, std::string_view b);

/// True when the comma-separated `list` holds `token` (without case): "keep-alive, Upgrade".
[[nodiscard]] bool list_has_token(std::string_view list, std::string_view token);

/// Strips spaces and tabs at both ends (optional white space of RFC 9110).
[[nodiscard]] std::string_view trim_ows(std::string_view text);

class HeaderList {
 public:
  struct Field {
    std::string_view name;
    std::string_view value;
  };

 private:
  /// Positions rather than views: they survive growth of the buffer and moves of the list.
  struct Slot {
    std::uint32_t begin;
    std::uint32_t name_size;
    std::uint32_t value_size;
  };

 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Field;
    using difference_type = std::ptrdiff_t;
    using reference = Field;
    using pointer = void;

    Iterator() = default;
    Iterator(const HeaderList* list, std::size_t at) : list_(list), at_(at) {}
    Field operator*() const { return (*list_)[at_]; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    Iterator operator++(int) {
      auto before = *this;
      ++at_;
      return before;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    const HeaderList* list_ = nullptr;
    std::size_t at_ = 0;
  };

  /// Copies both. Neither may point into this list.
  void add(std::string_view name, std::string_view value);
  /// The first field of that name, or nullopt.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  [[nodiscard]] bool contains(std::string_view name) const { return find(name).has_value(); }
  [[nodiscard]] std::size_t count(std::string_view name) const;

  [[nodiscard]] Field operator[](std::size_t index) const {
    const auto& slot = slots_[index];
    const std::string_view all = bytes_;
    return {all.substr(slot.begin, slot.name_size),
            all.substr(slot.begin + slot.name_size, slot.value_size)};
  }
  [[nodiscard]] std::size_t size() const { return slots_.size(); }
  [[nodiscard]] bool empty() const { return slots_.empty(); }
  [[nodiscard]] Iterator begin() const { return {this, 0}; }
  [[nodiscard]] Iterator end() const { return {this, slots_.size()}; }
  /// `for (const auto& [name, value] : headers.fields())`.
  [[nodiscard]] const HeaderList& fields() const { return *this; }

  /// Forgets the fields, keeps the memory.
  void clear() {
    bytes_.clear();
    slots_.clear();
  }

 private:
  std::string bytes_;
  std::vector<Slot> slots_;
};

/// True for fields that belong to one connection and must not be passed on (RFC 9110 §7.6.1): the
/// fixed set and whatever the Connection field of `headers` names.
[[nodiscard]] bool is_hop_by_hop(std::string_view name, const HeaderList& headers);

}  // namespace freellm::wire
