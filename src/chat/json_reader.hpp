#pragma once
// JsonReader: walks a JSON document once, checks all of it, builds nothing.
//
// Made for request bodies that go upstream verbatim: whatever was skipped has been checked as well,
// so no invalid JSON leaves. The bytes must be valid UTF-8 and have 16 readable bytes behind them,
// the first of them zero (PaddedBuffer). Lone surrogate escapes are replaced in place by \ufffd.
// Not thread-safe. An error latches: afterwards every call returns at once and ok() is false.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "freellm/wire/json.hpp"
#include "freellm/wire/json_text.hpp"

namespace freellm::chat {

enum class JsonKind : std::uint8_t { object, array, string, number, boolean, null, nothing };

/// "an object", "a string", ... for messages.
[[nodiscard]] std::string_view describe(JsonKind kind);

class JsonReader {
 public:
  static constexpr int kMaxDepth = 128;
  /// As for wire::parse_ordered_json, so that the DOM of a part of what was read can be built.
  static constexpr std::uint64_t kMaxMemberWork = wire::kMaxMemberWork;

  JsonReader(char* begin, std::size_t size) : begin_(begin), at_(begin), end_(begin + size) {}

  /// The kind of the value that comes next, by its first byte.
  [[nodiscard]] JsonKind peek();
  /// Walks over any value and returns its raw bytes.
  std::string_view value();
  /// Reads a string value; the text between its quotes, still escaped.
  wire::JsonText string();

  /// Reads an object; on_member(JsonText name) must read the value, by any call of this class.
  template <class OnMember>
  void members(OnMember&& on_member) {
    if (!open('{')) return;
    std::uint64_t members_before = 0;
    for (bool more = !close('}'); more; more = separated('}')) {
      const wire::JsonText name = member_name();
      count_member(members_before++);
      if (ok()) on_member(name);
    }
    --depth_;
  }

  /// Reads an array; on_element() must read the element.
  template <class OnElement>
  void elements(OnElement&& on_element) {
    if (!open('[')) return;
    for (bool more = !close(']'); more; more = separated(']')) on_element();
    --depth_;
  }

  /// Nothing but white space may follow.
  void expect_end();

  [[nodiscard]] bool ok() const { return problem_.empty(); }
  [[nodiscard]] std::string_view problem() const { return problem_; }
  /// Where the problem is, in bytes from the start.
  [[nodiscard]] std::size_t offset() const { return static_cast<std::size_t>(at_ - begin_); }
  [[nodiscard]] const char* position() const { return at_; }
  /// The first byte of the value that comes next.
  [[nodiscard]] const char* value_position() {
    skip_space();
    return at_;
  }
  /// How many \uXXXX were read so far, a surrogate pair as one.
  [[nodiscard]] std::size_t unicode_escapes() const { return unicode_escapes_; }
  /// Ends the walk for a reason of the caller's.
  void stop() { fail("stopped"); }

 private:
  void fail(std::string_view problem);
  void skip_space() {
    if (static_cast<unsigned char>(*at_) > ' ') return;
    skip_space_slowly();
  }
  void skip_space_slowly();
  bool open(char bracket);
  bool close(char bracket);
  bool separated(char closing);
  wire::JsonText member_name();
  void count_member(std::uint64_t members_before) {
    member_work_ += members_before;
    if (member_work_ > kMaxMemberWork) fail("too many members");
  }
  void escape();
  void surrogate(int first);
  void number();
  void digits();
  void check_magnitude(const char* first, const char* last);
  void literal(std::string_view word);

  char* begin_;
  char* at_;
  char* end_;
  int depth_ = 0;
  std::uint64_t member_work_ = 0;
  std::size_t unicode_escapes_ = 0;
  std::string_view problem_;
};

}  // namespace freellm::chat
