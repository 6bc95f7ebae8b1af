#pragma once
// Looks into raw JSON without building anything: validation, members, elements, scalars, all as
// views.
//
// Usual way: one call of scan_members() (or validate_json()) on foreign bytes; after that the
// values it handed out are known to be well-formed and are walked with members_of() and
// elements_of(), which never read beyond their view and simply end early on bytes that were not
// validated. No allocation, no padding needed, no state: all functions are pure and thread-safe.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "freellm/base/function_ref.hpp"
#include "freellm/base/result.hpp"
#include "freellm/wire/json_text.hpp"

namespace freellm::wire {

inline constexpr int kMaxJsonDepth = 128;
inline constexpr std::uint64_t kAnyMemberWork = ~std::uint64_t{0};

enum class JsonType : std::uint8_t { invalid, null, boolean, number, string, array, object };

/// A member of an object. `name` is escaped text as sent, without quotes; `value` is a raw JSON
/// value without surrounding space.
struct JsonMember {
  JsonText name;
  std::string_view value;
};

/// Checks a whole document: grammar (RFC 8259), UTF-8, nesting <= 128, nothing but space behind the
/// value. Lone surrogate escapes are allowed, as in the grammar. The error is bad_request, code
/// invalid_json, and says what is wrong at which byte. `max_member_work` bounds the comparisons it
/// would take to look every member of every object up one by one, as an ordered DOM does when it is
/// built: an object of n members costs n * n / 2.
[[nodiscard]] Status validate_json(std::string_view json,
                                   std::uint64_t max_member_work = kAnyMemberWork);

/// Checks like validate_json() and hands over the top-level members in the same pass. A document
/// that is not an object is an error. On an error some members may have been handed over already.
[[nodiscard]] Status scan_members(std::string_view json,
                                  FunctionRef<void(const JsonMember&)> on_member);

/// By the first byte that is not space. Says nothing about the rest.
[[nodiscard]] JsonType json_type(std::string_view value);

/// Walks an object's members: `for (const auto& [name, value] : members_of(object))`. Anything but
/// an object has none.
class JsonMembers {
 public:
  class Iterator {
   public:
    Iterator() = default;
    explicit Iterator(std::string_view rest) : rest_(rest) { advance(); }
    const JsonMember& operator*() const { return member_; }
    const JsonMember* operator->() const { return &member_; }
    Iterator& operator++() {
      advance();
      return *this;
    }
    bool operator==(const Iterator& other) const { return done_ == other.done_; }

   private:
    void advance();
    std::string_view rest_;
    JsonMember member_;
    bool done_ = true;
  };
  explicit JsonMembers(std::string_view object) : object_(object) {}
  [[nodiscard]] Iterator begin() const;
  [[nodiscard]] Iterator end() const { return {}; }

 private:
  std::string_view object_;
};
[[nodiscard]] inline JsonMembers members_of(std::string_view object) { return JsonMembers{object}; }

/// Walks an array's elements. Anything but an array has none.
class JsonElements {
 public:
  class Iterator {
   public:
    Iterator() = default;
    explicit Iterator(std::string_view rest) : rest_(rest) { advance(); }
    std::string_view operator*() const { return value_; }
    Iterator& operator++() {
      advance();
      return *this;
    }
    bool operator==(const Iterator& other) const { return done_ == other.done_; }

   private:
    void advance();
    std::string_view rest_;
    std::string_view value_;
    bool done_ = true;
  };
  explicit JsonElements(std::string_view array) : array_(array) {}
  [[nodiscard]] Iterator begin() const;
  [[nodiscard]] Iterator end() const { return {}; }

 private:
  std::string_view array_;
};
[[nodiscard]] inline JsonElements elements_of(std::string_view array) {
  return JsonElements{array};
}

/// The value of the last member of that name (as JavaScript and Python read duplicates), or
/// nullopt. Names are compared as spelt: an escaped spelling of `name` is not found.
[[nodiscard]] std::optional<std::string_view> find_member(std::string_view object,
                                                          std::string_view name);

/// The inside of a string value; nullopt for other types.
[[nodiscard]] std::optional<JsonText> json_string(std::string_view value);
/// A number as integer; fractions ("3.0", "1e3") count when they are whole and fit. Nullopt
/// otherwise.
[[nodiscard]] std::optional<std::int64_t> json_int(std::string_view value);
[[nodiscard]] std::optional<double> json_double(std::string_view value);
[[nodiscard]] std::optional<bool> json_bool(std::string_view value);
[[nodiscard]] inline bool json_is_null(std::string_view value) {
  return json_type(value) == JsonType::null;
}

}  // namespace freellm::wire
